"""The assets of the demo ledger and what they are worth, roughly."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from demo.addresses import address
from ledgers.models import Ledger
from transactions.models import Asset

EUR = 10**9  # prices are in billionths of a euro
STABLE = {"EUR", "USD", "GBP", "USDC", "USDT", "DAI"}


@dataclass(slots=True, eq=False)
class Coin:
    symbol: str
    name: str
    decimals: int
    price: int
    chain: str = ""
    contract: str = ""
    pk: int = 0

    def price_on(self, day: int) -> int:
        """Up and down over some 500 days, every coin in its own time."""
        if self.symbol in STABLE:
            return self.price
        phase = zlib.crc32(self.symbol.encode()) % 500
        wave = math.sin((day + phase) * math.tau / 500) + 0.3 * math.sin(day / 9)
        return self.price * (1000 + round(350 * wave)) // 1000

    def units(self, cents: int, day: int) -> int:
        """The smallest units that are worth so many cents."""
        whole: int = 10 ** (self.decimals + 7)
        return cents * whole // self.price_on(day)


def coins() -> list[Coin]:
    return [
        Coin("EUR", "Euro", 2, EUR),
        Coin("USD", "US dollar", 2, EUR * 9 // 10),
        Coin("BTC", "Bitcoin", 8, 61_000 * EUR),
        Coin("ETH", "Ether", 18, 2_400 * EUR),
        Coin("SOL", "Solana", 9, 130 * EUR),
        Coin("DOT", "Polkadot", 10, 5 * EUR),
        Coin("ADA", "Cardano", 6, EUR // 2),
        Coin("XRP", "XRP", 6, EUR),
        Coin("DOGE", "Dogecoin", 8, EUR // 8),
        Coin("BNB", "BNB", 8, 520 * EUR),
        Coin("AVAX", "Avalanche", 8, 24 * EUR),
        Coin("LTC", "Litecoin", 8, 75 * EUR),
        Coin("ATOM", "Cosmos", 6, 4 * EUR),
        Coin("USDC", "USD Coin", 6, EUR * 9 // 10),
        Coin("USDT", "Tether USD", 6, EUR * 9 // 10),
        *tokens(),
    ]


def tokens() -> list[Coin]:
    """Real ones, so that a real export names the same assets."""
    ethereum = [
        ("USDC", "USD Coin", 6, 900, "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"),
        ("USDT", "Tether USD", 6, 900, "0xdac17f958d2ee523a2206206994597c13d831ec7"),
        ("WETH", "Wrapped Ether", 18, 2_400_000, "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"),
        ("DAI", "Dai Stablecoin", 18, 900, "0x6b175474e89094c44da98b954eedeac495271d0f"),
        ("UNI", "Uniswap", 18, 7_000, "0x1f9840a85d5af5bf1d1762f925bdaddc4201f984"),
        ("LINK", "ChainLink Token", 18, 14_000, "0x514910771af9ca656af840dff83e8264ecf986ca"),
        ("AAVE", "Aave Token", 18, 140_000, "0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9"),
    ]
    arb = "0x912ce59144191c1204e64559fe8253a0e49e6548"
    arbitrum_usdc = "0xaf88d065e77c8cc2239327c5edb3a432268e5831"
    solana_usdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkZwyTDt1v"
    bonk = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263"
    return [
        *(
            Coin(symbol, name, decimals, milli * EUR // 1000, "ethereum", contract)
            for symbol, name, decimals, milli, contract in ethereum
        ),
        Coin("USDC", "USD Coin", 6, EUR * 9 // 10, "arbitrum", arbitrum_usdc),
        Coin("ARB", "Arbitrum", 18, EUR * 6 // 10, "arbitrum", arb),
        Coin("USDC", "USD Coin", 6, EUR * 9 // 10, "solana", solana_usdc),
        Coin("BONK", "Bonk", 5, EUR // 50_000, "solana", bonk),
    ]


def spoofed() -> list[Coin]:
    """Tokens that claim to be others, or that want one to visit a page."""
    claims = [
        ("USDT", "Tether USD"),
        ("USDC", "USD Coin"),
        ("ETH", "Ether"),
        ("$5000 at claim-bonus.example", "claim-bonus.example"),
        ("AirUNI", "Visit airuni.example to claim"),
        ("ՍႽDС", "USD Coin"),
    ]
    return [
        Coin(symbol, name, 6, EUR, "ethereum", address("evm", f"spoofed {name} {n}").normalised)
        for n, (symbol, name) in enumerate(claims)
    ]


def small_tokens(n: int, rng: Random) -> list[Coin]:
    """Tokens of which hardly anybody has heard; only large ledgers have them."""
    return [
        Coin(
            "".join(rng.choices("ABCDEFGHIKLMNOPRSTUVXYZ", k=rng.randrange(3, 6))),
            f"Token {number}",
            18,
            rng.randrange(10**6, 10**10),
            "ethereum",
            address("evm", f"token {number}").normalised,
        )
        for number in range(n)
    ]


def save(ledger: Ledger, coins: Sequence[Coin]) -> None:
    rows = [
        Asset(ledger=ledger, symbol=c.symbol, name=c.name, chain=c.chain, contract=c.contract)
        for c in coins
    ]
    for coin, row in zip(coins, Asset.objects.bulk_create(rows), strict=True):
        coin.pk = row.pk
