from .asset import Asset
from .label import Gone, Label, TransactionLabel
from .month_count import MonthCount
from .note_word import NoteWord
from .review import MAX_NEW, NewRow
from .saved_view import SavedView, StartView
from .spam import SpamException, SpamMark, SpamRow
from .transaction import Status, Transaction, TransactionQuerySet, TransactionType
from .transfer import TransferPair

__all__ = [
    "MAX_NEW",
    "Asset",
    "Gone",
    "Label",
    "MonthCount",
    "NewRow",
    "NoteWord",
    "SavedView",
    "SpamException",
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
