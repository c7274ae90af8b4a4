"""Every format that can be read; one file each."""

from .base import AnyFormat, Format, LineFormat
from .binance_history import BinanceHistory
from .coinbase import Coinbase
from .etherscan import Erc20, Internal, Transactions
from .koinly import Koinly
from .kraken_ledgers import KrakenLedgers

FORMATS: tuple[AnyFormat, ...] = (
    BinanceHistory,
    Coinbase,
    Transactions,
    Internal,
    Erc20,
    Koinly,
    KrakenLedgers,
)

__all__ = ["FORMATS", "AnyFormat", "Format", "LineFormat"]
