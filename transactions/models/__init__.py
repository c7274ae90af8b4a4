from .asset import Asset
from .label import Gone, Label, TransactionLabel
from .saved_view import SavedView, StartView
from .transaction import Status, Transaction, TransactionQuerySet, TransactionType
from .transfer import TransferPair

__all__ = [
    "Asset",
    "Gone",
    "Label",
    "SavedView",
    "StartView",
    "Status",
    "Transaction",
    "TransactionLabel",
    "TransactionQuerySet",
    "TransactionType",
    "TransferPair",
]
