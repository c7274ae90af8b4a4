from .asset import Asset
from .label import Gone, Label, TransactionLabel
from .saved_view import SavedView, StartView
from .spam import SpamMark, SpamRow
from .transaction import Status, Transaction, TransactionQuerySet, TransactionType
from .transfer import TransferPair

__all__ = [
    "Asset",
    "Gone",
    "Label",
    "SavedView",
    "SpamMark",
    "SpamRow",
    "StartView",
    "Status",
    "Transaction",
    "TransactionLabel",
    "TransactionQuerySet",
    "TransactionType",
    "TransferPair",
]
