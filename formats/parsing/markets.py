"""Names of markets, `BTCUSDT` or `BTC/USDT`, as the two assets that they are of."""

import re

# What is paid with, longest first: BTCUSDT is BTC and USDT, not BTCUS and DT.
QUOTES = (
    *("FDUSD", "TUSD", "BUSD", "USDT", "USDC", "USDP", "USDD", "BIDR", "BVND", "IDRT", "EURI"),
    *("USD", "EUR", "GBP", "JPY", "KRW", "TRY", "AUD", "BRL", "CAD", "CHF", "CZK", "PLN", "RUB"),
    *("UAH", "NGN", "ZAR", "ARS", "MXN", "RON", "SEK", "DKK", "NOK", "SGD", "HKD", "INR", "DAI"),
    *("BTC", "XBT", "ETH", "BNB", "TRX", "XRP", "DOT", "KCS", "HT", "OKB", "SOL", "DOGE", "PAX"),
)
PARTED = re.compile(r"([^/_\-: ]+)[/_\-: ]([^/_\-: ]+)")


def assets_of(market: str) -> tuple[str, str] | None:
    """The first and the second asset of it; None where it cannot be told."""
    if match := PARTED.fullmatch(market):
        return match[1], match[2]
    for quote in sorted(QUOTES, key=len, reverse=True):
        if market.upper().endswith(quote) and len(market) > len(quote):
            return market[: -len(quote)], market[-len(quote) :]
    return None
