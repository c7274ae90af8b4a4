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
class Known:
    """An address, and its place among those of its kind."""

    at: ChainAddress
    n: int = 0
    pk: int = 0


@dataclass(slots=True, eq=False)
class Place:
    """A wallet: `coins` are what is traded there, `own` its addresses by chain family."""

    name: str
    kind: str
    family: str
    symbols: Sequence[str]
    addresses: dict[str, int]
    chain: str = ""
    pk: int = 0
    coins: list[Coin] = field(default_factory=list)
    own: dict[str, list[Known]] = field(default_factory=dict)

    def coin(self, symbol: str) -> Coin:
        return next(coin for coin in self.coins if coin.symbol == symbol)


def places() -> list[Place]:
    everywhere = {"evm": 1, "bitcoin": 1, "solana": 1, "tron": 1}
    kraken = ("EUR", "BTC", "ETH", "DOT", "ADA", "SOL", "LTC", "ATOM", "USDC")
    binance = ("USDT", "BTC", "ETH", "BNB", "SOL", "XRP", "DOGE", "AVAX")
    coinbase = ("EUR", "BTC", "ETH", "XRP", "USDC")
    main = ("ETH", "USDC", "USDT", "WETH", "DAI", "UNI", "LINK", "AAVE")
    return [
        Place("Main wallet", "chain", "evm", main, {"evm": 2}, "ethereum"),
        Place("Studio wallet", "chain", "evm", ("ETH", "USDC", "ARB"), {"evm": 1}, "arbitrum"),
        Place("Cold BTC", "chain", "bitcoin", ("BTC",), {"bitcoin": 6}),
        Place("Solana wallet", "chain", "solana", ("SOL", "USDC", "BONK"), {"solana": 1}, "solana"),
        Place("Kraken", "exchange", "", kraken, everywhere),
        Place("Binance", "exchange", "", binance, everywhere),
        Place("Coinbase", "exchange", "", coinbase, everywhere),
        Place("Cash and cards", "other", "", ("EUR", "USD"), {}),
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


class Cast:
    def __init__(self, ledger: Ledger, size: Size, newest_year: int, rng: Random) -> None:
        self.ledger, self.rng = ledger, rng
        self.known: dict[tuple[str, str], list[Known]] = {}
        self._coins(size)
        self._places()
        self._people(size)
        self._labels(range(newest_year - YEARS, newest_year + 1))

    def _coins(self, size: Size) -> None:
        self.coins, self.spoofed = coins(), spoofed()
        self.small = small_tokens(size.small_tokens, self.rng)
        save(self.ledger, [*self.coins, *self.spoofed, *self.small])

    def _places(self) -> None:
        self.places = {place.name: place for place in places()}
        rows = [Wallet(ledger=self.ledger, name=p.name, kind=p.kind) for p in self.places.values()]
        for place, row in zip(self.places.values(), Wallet.objects.bulk_create(rows), strict=True):
            place.pk = row.pk
            place.coins = [self._coin(place, symbol) for symbol in place.symbols]
            for family, n in place.addresses.items():
                names = [f"{place.name} {i}" for i in range(n)]
                place.own[family] = self._save(family, names, wallet_id=row.pk)

    def _coin(self, place: Place, symbol: str) -> Coin:
        """The token of the wallet's chain, else the coin."""
        named = [coin for coin in self.coins if coin.symbol == symbol]
        here = [coin for coin in named if coin.chain == place.chain]
        return (here or [coin for coin in named if not coin.chain])[0]

    def _people(self, size: Size) -> None:
        cast = people(size.people)
        rows = [Contact(ledger=self.ledger, name=p.name, note=p.note) for p in cast]
        contacts = Contact.objects.bulk_create(rows)
        self.contacts = {contact.name: contact.pk for contact in contacts}
        each = max(1, size.addresses // 8 // len(cast))
        for person in cast:
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
        fakes = [Known(look_alike(victim.at)) for victim in victims[:50]]
        self._add("look-alike", "evm", self._saved(fakes))

    def _add(self, role: str, family: str, found: list[Known]) -> None:
        pool = self.known.setdefault((role, family), [])
        for known in found:
            known.n = len(pool)
            pool.append(known)

    def _save(self, family: str, names: Iterable[str], **whose: int) -> list[Known]:
        found = [Known(address(family, name)) for name in names]
        return self._saved(found, **whose)

    def _saved(self, found: list[Known], **whose: int) -> list[Known]:
        rows = [Address(ledger=self.ledger, **known.at._asdict(), **whose) for known in found]
        for known, row in zip(found, Address.objects.bulk_create(rows, 1000), strict=True):
            known.pk = row.pk
        return found

    def _labels(self, years: Iterable[int]) -> None:
        colours = {**LABELS, **{f"tax {year}": TAX_COLOUR for year in years}}
        rows = [Label(ledger=self.ledger, name=n, colour=c) for n, c in colours.items()]
        self.labels = {label.name: label.pk for label in Label.objects.bulk_create(rows)}

    def someone(self, role: str, family: str) -> Known:
        """The first ones more often than the last ones."""
        pool = self.known[role, family]
        return pool[int(len(pool) * self.rng.random() ** 3)]
