from .assets_labels import AssetAdmin, LabelAdmin
from .saved_views import SavedViewAdmin
from .spam import SpamMarkAdmin
from .transaction import TransactionAdmin
from .transfers import TransferPairAdmin

__all__ = [
    "AssetAdmin",
    "LabelAdmin",
    "SavedViewAdmin",
    "SpamMarkAdmin",
    "TransactionAdmin",
    "TransferPairAdmin",
]
