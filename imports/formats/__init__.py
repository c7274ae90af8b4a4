"""Every format that can be read; one file each."""

from imports.formats.base import AnyFormat, Format, LineFormat
from imports.formats.binance_history import BinanceHistory
from imports.formats.coinbase import Coinbase
from imports.formats.etherscan import Erc20, Internal, Transactions
from imports.formats.koinly import Koinly
from imports.formats.kraken_ledgers import KrakenLedgers
from imports.formats.own import OwnExport

FORMATS: tuple[AnyFormat, ...] = (
    BinanceHistory,
    Coinbase,
    Transactions,
    Internal,
    Erc20,
    Koinly,
    KrakenLedgers,
    OwnExport,
)

__all__ = ["FORMATS", "AnyFormat", "Format", "LineFormat"]
