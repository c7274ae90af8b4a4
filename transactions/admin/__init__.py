from .imports import ImportBatchAdmin, SourceLineAdmin
from .naming import AssetAdmin, LabelAdmin
from .transaction import TransactionAdmin

__all__ = [
    "AssetAdmin",
    "ImportBatchAdmin",
    "LabelAdmin",
    "SourceLineAdmin",
    "TransactionAdmin",
]
