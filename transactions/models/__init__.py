from .asset import Asset
from .label import Label, TransactionLabel
from .transaction import Status, Transaction, TransactionQuerySet, TransactionType
from .transfer import TransferPair

__all__ = [
    "Asset",
    "Label",
    "Status",
    "Transaction",
    "TransactionLabel",
    "TransactionQuerySet",
    "TransactionType",
    "TransferPair",
]
