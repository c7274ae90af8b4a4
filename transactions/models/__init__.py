from .asset import Asset
from .label import Gone, Label, TransactionLabel
from .transaction import Status, Transaction, TransactionQuerySet, TransactionType
from .transfer import TransferPair

__all__ = [
    "Asset",
    "Gone",
    "Label",
    "Status",
    "Transaction",
    "TransactionLabel",
    "TransactionQuerySet",
    "TransactionType",
    "TransferPair",
]
