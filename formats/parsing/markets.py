"""Names of markets, `BTCUSDT` or `BTC/USDT`, as the two assets that they are of."""

import re
from collections.abc import Sequence

# What is paid with, longest first: BTCUSDT is BTC and USDT, not BTCUS and DT.
QUOTES = (
    *(
        "FDUSD",
        "PYUSD",
        "RLUSD",
        "TUSD",
        "BUSD",
        "USDT",
        "USDC",
        "USDP",
        "USDD",
        "BIDR",
        "BVND",
        "IDRT",
        "EURI",
    ),
    *("USD", "EUR", "GBP", "JPY", "KRW", "TRY", "AUD", "BRL", "CAD", "CHF", "CZK", "PLN", "RUB"),
    *("UAH", "NGN", "ZAR", "ARS", "MXN", "RON", "SEK", "DKK", "NOK", "SGD", "HKD", "INR", "DAI"),
    *("BTC", "XBT", "ETH", "BNB", "TRX", "XRP", "DOT", "KCS", "HT", "OKB", "SOL", "DOGE", "PAX"),
)
PARTED = re.compile(r"([^/_\-: ]+)[/_\-: ]([^/_\-: ]+)")


def assets_of(market: str, quotes: Sequence[str] = QUOTES) -> tuple[str, str] | None:
    """The first and the second asset of it; None where it cannot be told. `quotes` is what this
    source is paid with, where a longer name would mislead: BATUSD is no market of TUSD there."""
    if match := PARTED.fullmatch(market):
        return match[1], match[2]
    for quote in sorted(quotes, key=len, reverse=True):
        if market.upper().endswith(quote) and len(market) > len(quote):
            return market[: -len(quote)], market[-len(quote) :]
    return None
