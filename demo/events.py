"""What happens in the demo ledger. Every method is one occurrence: a row, or a few."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from demo.cast import Cast, Place
from demo.coins import Coin
from demo.draft import PAID_ON, Books, Draft, Part

# Between own wallets: from, to, what.
ROUTES = (
    ("Kraken", "Main wallet", "ETH"),
    ("Kraken", "Cold BTC", "BTC"),
    ("Binance", "Solana wallet", "SOL"),
    ("Coinbase", "Cold BTC", "BTC"),
    ("Main wallet", "Kraken", "USDC"),
    ("Main wallet", "Studio wallet", "ETH"),
    ("Studio wallet", "Main wallet", "ETH"),
    ("Cold BTC", "Kraken", "BTC"),
)
WORK = ("Design work", "Icon set", "Workshop", "Retainer", "Maintenance", "Photo licence")
BOUGHT = ("Coffee", "Bicycle repair", "Train to Lisbon", "Second-hand camera", "Books", "Dinner")
OCCASIONS = ("Birthday", "Wedding", "Thanks for the help", "Happy new year")
TRAVELS = {"Train to Lisbon": ("travel",)}


class Events(Books):
    def __init__(self, cast: Cast, rng: Random) -> None:
        super().__init__(cast, rng)
        wallets = cast.places.values()
        self.exchanges = [place for place in wallets if place.kind == "exchange"]
        self.on_chain = [place for place in wallets if place.kind == "chain"]
        self.main, self.studio = cast.places["Main wallet"], cast.places["Studio wallet"]
        self.kraken, self.cold = cast.places["Kraken"], cast.places["Cold BTC"]
        self.dollar = self.main.coin("USDC")

    @property
    def tax(self) -> str:
        return f"tax {self.at.year}"

    def round(self, coin: Coin, amount: int) -> Part:
        return Part(amount * 10**coin.decimals, coin)

    # In its rhythm

    def rent(self) -> list[Draft]:
        landlord = self.cast.someone("landlord", "evm")
        rent = self.round(self.dollar, 1_250 + 50 * (landlord.n % 13))
        note = f"{self.at:%B} rent" + (", paid two days early" if self.chance(20) else "")
        labels = ("rent", "household")
        return self.expense(self.main, "payment", rent, other=landlord, labels=labels, note=note)

    def salary(self) -> list[Draft]:
        place = self.main if self.chance(60) else self.studio
        client = self.cast.someone("client", "evm")
        part = self.round(place.coin("USDC"), 3_000 + 100 * self.rng.randrange(25))
        note = f"{self.rng.choice(WORK)}, {self.at:%B}"
        labels = ("business", self.tax)
        return self.income(place, "income", part, other=client, note=note, labels=labels)

    def hosting(self) -> list[Draft]:
        service = self.cast.someone("service", "bitcoin")
        part = self.worth(self.cold, self.cold.coin("BTC"), 20, 90)
        note = f"Invoice R{self.rng.randrange(10**7):07}"
        return self.expense(
            self.cold, "payment", part, other=service, note=note, labels=("business",)
        )

    def savings_plan(self) -> list[Draft]:
        note = "Weekly plan" if self.chance(15) else ""
        return self.bought(self.kraken, self.kraken.coin("BTC"), 100_00, note, ("savings",))

    def staking(self) -> list[Draft]:
        name, symbol = self.rng.choice(
            [("Kraken", "DOT"), ("Solana wallet", "SOL"), ("Coinbase", "ETH"), ("Kraken", "ADA")]
        )
        place = self.cast.places[name]
        part = self.worth(place, place.coin(symbol), 1, 9)
        contact = self.cast.contacts["Kraken staking"] if place is self.kraken else None
        labels = ("staking", self.tax) if self.chance(60) else ("staking",)
        return self.income(place, "reward", part, contact=contact, labels=labels)

    # Whenever

    def trade(self) -> list[Draft]:
        place = self.rng.choice(self.exchanges)
        coin = self.rng.choice(place.coins[1:])
        cents = self.rng.randrange(20_00, 2_500_00)
        if self.held[place, coin] > coin.units(cents, self.day) and self.chance(60):
            return self.sold(place, coin, cents)
        return self.bought(place, coin, cents)

    def bought(
        self, place: Place, coin: Coin, cents: int, note: str = "", labels: tuple[str, ...] = ()
    ) -> list[Draft]:
        cash = place.coins[0]
        sent, fee = self.cash(cash, cents), self.cash(cash, cents * 26 // 10_000)
        received = self.worth(place, coin, cents // 100, cents // 100 + 1)
        parts = {"sent": sent, "received": received, "fee": fee}
        before = self.afford(place, sent, fee)
        more = {"value": cents, "note": note, "labels": labels}
        return [*before, self.draft(place, "trade", **parts, **more)]

    def sold(self, place: Place, coin: Coin, cents: int) -> list[Draft]:
        cash = place.coins[0]
        sent, received = Part(coin.units(cents, self.day), coin), self.cash(cash, cents)
        fee = self.cash(cash, cents * 26 // 10_000)
        labels = (self.tax,) if self.chance(30) else ()
        parts = {"sent": sent, "received": received, "fee": fee}
        return [self.draft(place, "trade", **parts, value=cents, labels=labels)]

    def cash(self, coin: Coin, cents: int) -> Part:
        return Part(max(1, cents * 10**coin.decimals // 100), coin)

    def swap(self) -> list[Draft]:
        """Two or three rows of one hash, as an explorer exports them."""
        place = self.rng.choice((self.main, self.main, self.studio))
        gives, takes = self.rng.sample(place.coins, 2)
        if place is self.main and self.cast.small and self.chance(20):
            takes = self.small_token()
        sent, fee = self.worth(place, gives, 40, 3_000), self.gas(place)
        cents = sent.units * gives.price_on(self.day) // 10 ** (gives.decimals + 7)
        before = self.afford(place, sent, fee)
        labels = ("liquidity",) if self.chance(25) else ()
        note = "Pool closed" if labels and self.chance(20) else ""
        venue = self.cast.someone("venue", "evm")
        first = self.draft(
            place, "trade", sent=sent, fee=fee, other=venue, labels=labels, note=note
        )
        received = Part(max(1, takes.units(cents, self.day)), takes)
        rows = [first, replace(first, sent=None, fee=None, received=received, note="")]
        if self.chance(35):
            left = Part(1 + sent.units // self.rng.randrange(200, 900), gives)
            rows.append(replace(rows[1], type="other", received=left))
        return [*before, first, *map(self.booked, rows[1:])]

    def small_token(self) -> Coin:
        small = self.cast.small
        return small[int(len(small) * self.rng.random() ** 2)]

    def own_transfer(self) -> list[Draft]:
        """Both sides of it: what left one wallet and what came into the other."""
        start, end, symbol = self.rng.choice(ROUTES)
        source, target = self.cast.places[start], self.cast.places[end]
        to, by = (place.own[PAID_ON[symbol]][0] for place in (target, source))
        note = "Back to self-custody" if target.family and self.chance(20) else ""
        part = self.worth(source, source.coin(symbol), 50, 4_000)
        rows = self.expense(source, "transfer", part, other=to, note=note)
        arrived = {"received": Part(part.units, target.coin(symbol)), "other": by}
        if source.family and target.family:
            return [*rows, self.draft(target, "transfer", tx_hash=rows[-1].tx_hash, **arrived)]
        for row in rows:
            row.at -= timedelta(seconds=self.rng.randrange(20, 2_000))
        return [*rows, self.draft(target, "transfer", **arrived)]

    def received(self) -> list[Draft]:
        place = self.rng.choice(self.on_chain + self.exchanges)
        coin = self.rng.choice(place.coins)
        part, other = self.worth(place, coin, 5, 1_800), self.stranger(place, coin)
        return self.income(place, "deposit", part, other=other)

    def withdrawn(self) -> list[Draft]:
        place = self.rng.choice(self.on_chain + self.exchanges)
        coin = self.rng.choice(place.coins)
        part, other = self.worth(place, coin, 5, 1_500), self.stranger(place, coin)
        labels = ("to check",) if self.chance(12) else ()
        return self.expense(place, "withdrawal", part, other=other, labels=labels)

    def sold_over_the_counter(self) -> list[Draft]:
        place = self.cast.places["Binance"]
        part = self.round(place.coin("USDT"), 500 * self.rng.randrange(2, 40))
        note = self.rng.choice(("First tranche", "Second tranche, see mail", ""))
        desk, labels = self.cast.someone("desk", "tron"), ("otc", "business", self.tax)
        return self.expense(place, "withdrawal", part, other=desk, note=note, labels=labels)

    def shopping(self) -> list[Draft]:
        place = self.rng.choice((self.main, self.cold, self.cast.places["Solana wallet"]))
        part = self.worth(place, place.coins[0], 4, 350)
        shop, bought = self.cast.someone("shop", place.family), self.rng.choice(BOUGHT)
        note = bought if self.chance(40) else ""
        labels = TRAVELS.get(bought, ("household",)) if self.chance(50) else ()
        return self.expense(place, "payment", part, other=shop, note=note, labels=labels)

    def paid_in_cash(self) -> list[Draft]:
        place = self.cast.places["Cash and cards"]
        part = self.round(place.coin("EUR"), 10 * self.rng.randrange(1, 30))
        if self.chance(40):
            return self.income(place, "deposit", part, note="From the bank")
        note, before = self.rng.choice(BOUGHT), self.afford(place, part)
        friend = self.cast.contacts["Jonas"] if self.chance(30) else None
        return [*before, self.draft(place, "payment", sent=part, note=note, contact=friend)]

    def gift(self) -> list[Draft]:
        place = self.rng.choice((self.main, self.cold, self.cast.places["Solana wallet"]))
        part = self.worth(place, place.coins[0], 10, 500)
        friend = self.cast.someone("friend", place.family)
        more = {"other": friend, "labels": ("family",), "note": self.rng.choice(OCCASIONS)}
        if self.chance(50):
            return self.income(place, "gift", part, **more)
        return self.expense(place, "gift", part, **more)

    def airdrop(self) -> list[Draft]:
        place, symbol = self.rng.choice(((self.main, "UNI"), (self.studio, "ARB")))
        part = self.worth(place, place.coin(symbol), 20, 900)
        labels = (self.tax,) if self.chance(50) else ()
        stranger = self.cast.someone("stranger", "evm")
        return self.income(place, "airdrop", part, other=stranger, labels=labels)

    def spam(self) -> list[Draft]:
        """A token that nobody asked for; most have been hidden."""
        coin = self.rng.choice(self.cast.spoofed)
        part, stranger = (
            self.round(coin, self.rng.randrange(1, 9_000)),
            self.stranger(self.main, coin),
        )
        return self.income(self.main, "airdrop", part, other=stranger, hidden=self.chance(90))

    def poisoning(self) -> list[Draft]:
        """Dust of an address that looks like one that is paid often."""
        fake, coin = self.cast.someone("look-alike", "evm"), self.cast.spoofed[0]
        part = Part(self.rng.randrange(1, 9), coin)
        return self.income(self.main, "deposit", part, other=fake, hidden=self.chance(50))

    def failed(self) -> list[Draft]:
        place = self.rng.choice((self.main, self.studio, self.cast.places["Solana wallet"]))
        return self.only_fee(place, self.rng.choice(("withdrawal", "trade")), failed=True)

    def approval(self) -> list[Draft]:
        return self.only_fee(self.rng.choice((self.main, self.studio)), "fee")

    def only_fee(self, place: Place, kind: str, failed: bool = False) -> list[Draft]:
        fee, other = self.gas(place), self.stranger(place, place.coins[0])
        before = self.afford(place, fee)
        return [*before, self.draft(place, kind, fee=fee, other=other, failed=failed)]

    def loss(self) -> list[Draft]:
        place = self.rng.choice(self.on_chain)
        part = self.worth(place, place.coins[0], 20, 600)
        more = {"other": self.stranger(place, part.coin), "labels": ("to check", self.tax)}
        return self.expense(place, "loss", part, note="Phishing, reported", **more)

    def adjustment(self) -> list[Draft]:
        place = self.rng.choice(self.exchanges)
        part = self.worth(place, self.rng.choice(place.coins), 1, 30)
        return self.income(place, "other", part)

    def lent(self) -> list[Draft]:
        """Through an address that many share, so the name is of this row only."""
        friend = self.rng.choice(list(self.cast.contacts.values()))
        rows = self.withdrawn()
        rows[-1].contact = friend
        return rows
