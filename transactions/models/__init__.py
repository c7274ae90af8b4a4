from .batch import ImportBatch, SourceLine
from .naming import Asset, Label, TransactionLabel
from .transaction import Status, Transaction, TransactionType

__all__ = [
    "Asset",
    "ImportBatch",
    "Label",
    "SourceLine",
    "Status",
    "Transaction",
    "TransactionLabel",
    "TransactionType",
]
