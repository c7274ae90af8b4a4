"""The wallets, contacts, addresses and labels of the demo ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from contacts.chains import ChainAddress
from contacts.models import Address, Contact, Wallet
from demo.addresses import address, look_alike
from demo.coins import Coin, coins, save, small_tokens, spoofed
from demo.people import FAMILIES, LABELS, TAX_COLOUR, people
from ledgers.models import Ledger
from transactions.models import Label

COLOURS = Label.Colour
YEARS = 3


@dataclass(slots=True, eq=False)
class KnownAddress:
    """An address, and its index among those of its kind."""

    at: ChainAddress
    n: int = 0
    pk: int = 0


@dataclass(slots=True, eq=False)
class Account:
    """A wallet: `coins` are what is traded there, `own` its addresses by chain family."""

    name: str
    kind: str
    family: str
    symbols: Sequence[str]
    addresses: dict[str, int]
    chain: str = ""
    pk: int = 0
    coins: list[Coin] = field(default_factory=list)
    own: dict[str, list[KnownAddress]] = field(default_factory=dict)

    def coin(self, symbol: str) -> Coin:
        return next(coin for coin in self.coins if coin.symbol == symbol)


def accounts() -> list[Account]:
    everywhere = {"evm": 1, "bitcoin": 1, "solana": 1, "tron": 1}
    kraken = ("EUR", "BTC", "ETH", "DOT", "ADA", "SOL", "LTC", "ATOM", "USDC")
    binance = ("USDT", "BTC", "ETH", "BNB", "SOL", "XRP", "DOGE", "AVAX")
    coinbase = ("EUR", "BTC", "ETH", "XRP", "USDC")
    main = ("ETH", "USDC", "USDT", "WETH", "DAI", "UNI", "LINK", "AAVE")
    return [
        Account("Main wallet", "chain", "evm", main, {"evm": 2}, "ethereum"),
        Account("Studio wallet", "chain", "evm", ("ETH", "USDC", "ARB"), {"evm": 1}, "arbitrum"),
        Account("Cold BTC", "chain", "bitcoin", ("BTC",), {"bitcoin": 6}),
        Account(
            "Solana wallet", "chain", "solana", ("SOL", "USDC", "BONK"), {"solana": 1}, "solana"
        ),
        Account("Kraken", "exchange", "", kraken, everywhere),
        Account("Binance", "exchange", "", binance, everywhere),
        Account("Coinbase", "exchange", "", coinbase, everywhere),
        Account("Cash and cards", "other", "", ("EUR", "USD"), {}),
    ]


@dataclass
class Size:
    """Of a ledger of so many transactions: 25 people for 2,000, 500 for a million."""

    people: int
    addresses: int
    small_tokens: int

    @classmethod
    def of(cls, count: int) -> "Size":
        return cls(min(500, 25 + count // 2_100), 120 + count // 50, min(170, count // 6_000))


class Parties:
    def __init__(self, ledger: Ledger, size: Size, newest_year: int, rng: Random) -> None:
        self.ledger, self.rng = ledger, rng
        self.known: dict[tuple[str, str], list[KnownAddress]] = {}
        self._coins(size)
        self._accounts()
        self._people(size)
        self._labels(range(newest_year - YEARS, newest_year + 1))

    def _coins(self, size: Size) -> None:
        self.coins, self.spoofed = coins(), spoofed()
        self.small = small_tokens(size.small_tokens, self.rng)
        save(self.ledger, [*self.coins, *self.spoofed, *self.small])

    def _accounts(self) -> None:
        self.accounts = {account.name: account for account in accounts()}
        rows = [
            Wallet(ledger=self.ledger, name=p.name, kind=p.kind) for p in self.accounts.values()
        ]
        for account, row in zip(
            self.accounts.values(), Wallet.objects.bulk_create(rows), strict=True
        ):
            account.pk = row.pk
            account.coins = [self._coin(account, symbol) for symbol in account.symbols]
            for family, n in account.addresses.items():
                names = [f"{account.name} {i}" for i in range(n)]
                account.own[family] = self._save(family, names, wallet_id=row.pk)

    def _coin(self, account: Account, symbol: str) -> Coin:
        """The token of the wallet's chain, else the coin."""
        named = [coin for coin in self.coins if coin.symbol == symbol]
        here = [coin for coin in named if coin.chain == account.chain]
        return (here or [coin for coin in named if not coin.chain])[0]

    def _people(self, size: Size) -> None:
        made = people(size.people)
        rows = [Contact(ledger=self.ledger, name=p.name, note=p.note) for p in made]
        contacts = Contact.objects.bulk_create(rows)
        self.contacts = {contact.name: contact.pk for contact in contacts}
        each = max(1, size.addresses // 8 // len(made))
        for person in made:
            for family in FAMILIES[person.role]:
                names = [f"{person.name} {i}" for i in range(each)]
                mine = self._save(family, names, contact_id=self.contacts[person.name])
                self._add(person.role, family, mine)
        self._strangers(size.addresses * 3 // 4)

    def _strangers(self, n: int) -> None:
        shares = {"evm": 60, "bitcoin": 15, "solana": 15, "tron": 10}
        for family, share in shares.items():
            names = [f"stranger {i}" for i in range(max(1, n * share // 100))]
            self._add("stranger", family, self._save(family, names))
        victims = [known for role in ("landlord", "desk") for known in self.known[role, "evm"]]
        fakes = [KnownAddress(look_alike(victim.at)) for victim in victims[:50]]
        self._add("look-alike", "evm", self._saved(fakes))

    def _add(self, role: str, family: str, found: list[KnownAddress]) -> None:
        pool = self.known.setdefault((role, family), [])
        for known in found:
            known.n = len(pool)
            pool.append(known)

    def _save(self, family: str, names: Iterable[str], **whose: int) -> list[KnownAddress]:
        found = [KnownAddress(address(family, name)) for name in names]
        return self._saved(found, **whose)

    def _saved(self, found: list[KnownAddress], **whose: int) -> list[KnownAddress]:
        rows = [Address(ledger=self.ledger, **known.at._asdict(), **whose) for known in found]
        for known, row in zip(found, Address.objects.bulk_create(rows, 1000), strict=True):
            known.pk = row.pk
        return found

    def _labels(self, years: Iterable[int]) -> None:
        colours = {**LABELS, **{f"tax {year}": TAX_COLOUR for year in years}}
        rows = [Label(ledger=self.ledger, name=n, colour=c) for n, c in colours.items()]
        self.labels = {label.name: label.pk for label in Label.objects.bulk_create(rows)}

    def someone(self, role: str, family: str) -> KnownAddress:
        """The first ones more often than the last ones."""
        pool = self.known[role, family]
        return pool[int(len(pool) * self.rng.random() ** 3)]
