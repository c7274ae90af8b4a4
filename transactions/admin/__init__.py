from .assets_labels import AssetAdmin, LabelAdmin
from .transaction import TransactionAdmin
from .transfers import TransferPairAdmin

__all__ = ["AssetAdmin", "LabelAdmin", "TransactionAdmin", "TransferPairAdmin"]
