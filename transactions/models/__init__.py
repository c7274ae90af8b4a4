from .asset import Asset
from .label import Gone, Label, TransactionLabel
from .review import MAX_NEW, NewRow
from .saved_view import SavedView, StartView
from .transaction import Status, Transaction, TransactionQuerySet, TransactionType
from .transfer import TransferPair

__all__ = [
    "MAX_NEW",
    "Asset",
    "Gone",
    "Label",
    "NewRow",
    "SavedView",
    "StartView",
    "Status",
    "Transaction",
    "TransactionLabel",
    "TransactionQuerySet",
    "TransactionType",
    "TransferPair",
]
