from .assets_labels import AssetAdmin, LabelAdmin
from .transaction import TransactionAdmin

__all__ = ["AssetAdmin", "LabelAdmin", "TransactionAdmin"]
