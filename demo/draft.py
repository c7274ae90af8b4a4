"""A row of the demo ledger before it is written, and what each wallet holds by then."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from demo.coins import Coin
from demo.parties import Account, KnownAddress, Parties

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
    account: Account
    type: str
    sent: Part | None = None
    received: Part | None = None
    fee: Part | None = None
    value: int = 0  # cents
    tx_hash: str = ""
    group: str = ""
    own: KnownAddress | None = None
    other: KnownAddress | None = None
    contact: int | None = None
    note: str = ""
    labels: tuple[str, ...] = ()
    failed: bool = False
    hidden: bool = False


class Balances:
    """Movements at the prices of the day; nothing is spent that is not there."""

    def __init__(self, parties: Parties, rng: Random) -> None:
        self.parties, self.rng = parties, rng
        self.at, self.day = datetime.min.replace(tzinfo=UTC), 0
        self.balances: defaultdict[tuple[Account, Coin], int] = defaultdict(int)

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def worth(self, account: Account, coin: Coin, low: int, high: int) -> Part:
        """Of so many euros, and down to the last decimal that the account has."""
        units = coin.units(self.rng.randrange(low * 100, high * 100), self.day)
        units += self.rng.randrange(1 + units // 1000)
        if not account.family and coin.decimals > EXCHANGE_DECIMALS:
            units -= units % 10 ** (coin.decimals - EXCHANGE_DECIMALS)
        return Part(max(1, units), coin)

    def gas(self, account: Account) -> Part:
        """What the chain takes, in its coin."""
        rng = self.rng
        if account.family == "bitcoin":
            return Part(rng.randrange(140, 600) * rng.randrange(2, 60), account.coin("BTC"))
        if account.family == "solana":
            return Part(5_000 + rng.randrange(100_000), account.coin("SOL"))
        price = rng.randrange(1_000_000_000, 30_000_000_000)
        return Part(rng.randrange(21_000, 320_000) * price, account.coin("ETH"))

    def fee(self, account: Account, coin: Coin) -> Part:
        return self.gas(account) if account.family else self.worth(account, coin, 1, 4)

    def stranger(self, account: Account, coin: Coin) -> KnownAddress | None:
        family = account.family or PAID_ON.get(coin.symbol)
        return self.parties.someone("stranger", family) if family else None

    def draft(self, account: Account, kind: str, **more: Any) -> Draft:
        """A movement of this moment, with the hash and the reference that such an account gives."""
        draft = Draft(self.at, account, kind, **more)
        if account.family:
            draft.tx_hash = draft.group = draft.tx_hash or self.hash(account.family)
            draft.own = self.rng.choice(account.own[account.family])
        elif account.name == "Kraken":
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
                self.balances[draft.account, part.coin] += sign * part.units
        return draft

    def afford(self, account: Account, *parts: Part | None) -> list[Draft]:
        """Deposits that make up for what is missing."""
        need: Counter[Coin] = Counter()
        for part in parts:
            if part:
                need[part.coin] += part.units
        missing = [coin for coin, units in need.items() if self.balances[account, coin] < units]
        return [self.deposit(account, coin, need[coin]) for coin in missing]

    def deposit(self, account: Account, coin: Coin, least: int) -> Draft:
        more = self.worth(account, coin, 300, 2_500)
        received = Part(least * 2 + more.units, coin)
        draft = self.draft(
            account, "deposit", received=received, other=self.stranger(account, coin)
        )
        draft.at -= timedelta(minutes=self.rng.randrange(5, 120))
        return draft

    def income(self, account: Account, kind: str, part: Part, **more: Any) -> list[Draft]:
        return [self.draft(account, kind, received=part, **more)]

    def expense(self, account: Account, kind: str, part: Part, **more: Any) -> list[Draft]:
        fee = self.fee(account, part.coin)
        before = self.afford(account, part, fee)
        return [*before, self.draft(account, kind, sent=part, fee=fee, **more)]
