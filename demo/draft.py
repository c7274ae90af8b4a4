"""A row of the demo ledger before it is written, and what each wallet holds by then."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from demo.cast import Cast, Known, Place
from demo.coins import Coin

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
EXCHANGE_DECIMALS = 8
# On which chain an exchange pays a coin out; others go without an address.
PAID_ON = {"BTC": "bitcoin", "ETH": "evm", "USDC": "evm", "SOL": "solana", "USDT": "tron"}


class Part(NamedTuple):
    units: int
    coin: Coin


@dataclass(slots=True)
class Draft:
    at: datetime
    place: Place
    type: str
    sent: Part | None = None
    received: Part | None = None
    fee: Part | None = None
    value: int = 0  # cents
    tx_hash: str = ""
    group: str = ""
    own: Known | None = None
    other: Known | None = None
    contact: int | None = None
    note: str = ""
    labels: tuple[str, ...] = ()
    failed: bool = False
    hidden: bool = False


class Books:
    """Movements at the prices of the day; nothing is spent that is not there."""

    def __init__(self, cast: Cast, rng: Random) -> None:
        self.cast, self.rng = cast, rng
        self.at, self.day = datetime.min.replace(tzinfo=UTC), 0
        self.held: defaultdict[tuple[Place, Coin], int] = defaultdict(int)

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def worth(self, place: Place, coin: Coin, low: int, high: int) -> Part:
        """Of so many euros, and down to the last decimal that the place has."""
        units = coin.units(self.rng.randrange(low * 100, high * 100), self.day)
        units += self.rng.randrange(1 + units // 1000)
        if not place.family and coin.decimals > EXCHANGE_DECIMALS:
            units -= units % 10 ** (coin.decimals - EXCHANGE_DECIMALS)
        return Part(max(1, units), coin)

    def gas(self, place: Place) -> Part:
        """What the chain takes, in its coin."""
        rng = self.rng
        if place.family == "bitcoin":
            return Part(rng.randrange(140, 600) * rng.randrange(2, 60), place.coin("BTC"))
        if place.family == "solana":
            return Part(5_000 + rng.randrange(100_000), place.coin("SOL"))
        price = rng.randrange(1_000_000_000, 30_000_000_000)
        return Part(rng.randrange(21_000, 320_000) * price, place.coin("ETH"))

    def fee(self, place: Place, coin: Coin) -> Part:
        return self.gas(place) if place.family else self.worth(place, coin, 1, 4)

    def stranger(self, place: Place, coin: Coin) -> Known | None:
        family = place.family or PAID_ON.get(coin.symbol)
        return self.cast.someone("stranger", family) if family else None

    def draft(self, place: Place, kind: str, **more: Any) -> Draft:
        """A movement of this moment, with the hash and the reference that such a place gives."""
        draft = Draft(self.at, place, kind, **more)
        if place.family:
            draft.tx_hash = draft.group = draft.tx_hash or self.hash(place.family)
            draft.own = self.rng.choice(place.own[place.family])
        elif place.name == "Kraken":
            letters = "".join(self.rng.choices(BASE32, k=17))
            draft.group = f"{letters[:6]}-{letters[6:11]}-{letters[11:]}"
        return self.booked(draft)

    def hash(self, family: str) -> str:
        if family == "solana":
            return "".join(self.rng.choices(BASE58, k=88))
        return ("0x" if family == "evm" else "") + self.rng.randbytes(32).hex()

    def booked(self, draft: Draft) -> Draft:
        for part, sign in ((draft.sent, -1), (draft.received, 1), (draft.fee, -1)):
            if part:
                self.held[draft.place, part.coin] += sign * part.units
        return draft

    def afford(self, place: Place, *parts: Part | None) -> list[Draft]:
        """Deposits that make up for what is missing."""
        need: Counter[Coin] = Counter()
        for part in parts:
            if part:
                need[part.coin] += part.units
        missing = [coin for coin, units in need.items() if self.held[place, coin] < units]
        return [self.deposit(place, coin, need[coin]) for coin in missing]

    def deposit(self, place: Place, coin: Coin, least: int) -> Draft:
        more = self.worth(place, coin, 300, 2_500)
        received = Part(least * 2 + more.units, coin)
        draft = self.draft(place, "deposit", received=received, other=self.stranger(place, coin))
        draft.at -= timedelta(minutes=self.rng.randrange(5, 120))
        return draft

    def income(self, place: Place, kind: str, part: Part, **more: Any) -> list[Draft]:
        return [self.draft(place, kind, received=part, **more)]

    def expense(self, place: Place, kind: str, part: Part, **more: Any) -> list[Draft]:
        fee = self.fee(place, part.coin)
        before = self.afford(place, part, fee)
        return [*before, self.draft(place, kind, sent=part, fee=fee, **more)]
