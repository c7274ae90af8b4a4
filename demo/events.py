"""What happens in the demo ledger. Every method is one occurrence: a row, or a few."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from demo.coins import Coin
from demo.draft import PAID_ON, Balances, Draft, Part
from demo.parties import Account, Parties

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


class Events(Balances):
    def __init__(self, parties: Parties, rng: Random) -> None:
        super().__init__(parties, rng)
        wallets = parties.accounts.values()
        self.exchanges = [account for account in wallets if account.kind == "exchange"]
        self.on_chain = [account for account in wallets if account.kind == "chain"]
        self.main, self.studio = parties.accounts["Main wallet"], parties.accounts["Studio wallet"]
        self.kraken, self.cold = parties.accounts["Kraken"], parties.accounts["Cold BTC"]
        self.dollar = self.main.coin("USDC")

    @property
    def tax(self) -> str:
        return f"tax {self.at.year}"

    def round(self, coin: Coin, amount: int) -> Part:
        return Part(amount * 10**coin.decimals, coin)

    # In its rhythm

    def rent(self) -> list[Draft]:
        landlord = self.parties.someone("landlord", "evm")
        rent = self.round(self.dollar, 1_250 + 50 * (landlord.n % 13))
        note = f"{self.at:%B} rent" + (", paid two days early" if self.chance(20) else "")
        labels = ("rent", "household")
        return self.expense(self.main, "payment", rent, other=landlord, labels=labels, note=note)

    def salary(self) -> list[Draft]:
        account = self.main if self.chance(60) else self.studio
        client = self.parties.someone("client", "evm")
        part = self.round(account.coin("USDC"), 3_000 + 100 * self.rng.randrange(25))
        note = f"{self.rng.choice(WORK)}, {self.at:%B}"
        labels = ("business", self.tax)
        return self.income(account, "income", part, other=client, note=note, labels=labels)

    def hosting(self) -> list[Draft]:
        service = self.parties.someone("service", "bitcoin")
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
        account = self.parties.accounts[name]
        part = self.worth(account, account.coin(symbol), 1, 9)
        contact = self.parties.contacts["Kraken staking"] if account is self.kraken else None
        labels = ("staking", self.tax) if self.chance(60) else ("staking",)
        return self.income(account, "reward", part, contact=contact, labels=labels)

    # Whenever

    def trade(self) -> list[Draft]:
        account = self.rng.choice(self.exchanges)
        coin = self.rng.choice(account.coins[1:])
        cents = self.rng.randrange(20_00, 2_500_00)
        if self.balances[account, coin] > coin.units(cents, self.day) and self.chance(60):
            return self.sold(account, coin, cents)
        return self.bought(account, coin, cents)

    def bought(
        self, account: Account, coin: Coin, cents: int, note: str = "", labels: tuple[str, ...] = ()
    ) -> list[Draft]:
        cash = account.coins[0]
        sent, fee = self.cash(cash, cents), self.cash(cash, cents * 26 // 10_000)
        received = self.worth(account, coin, cents // 100, cents // 100 + 1)
        parts = {"sent": sent, "received": received, "fee": fee}
        before = self.afford(account, sent, fee)
        more = {"value": cents, "note": note, "labels": labels}
        return [*before, self.draft(account, "trade", **parts, **more)]

    def sold(self, account: Account, coin: Coin, cents: int) -> list[Draft]:
        cash = account.coins[0]
        sent, received = Part(coin.units(cents, self.day), coin), self.cash(cash, cents)
        fee = self.cash(cash, cents * 26 // 10_000)
        labels = (self.tax,) if self.chance(30) else ()
        parts = {"sent": sent, "received": received, "fee": fee}
        return [self.draft(account, "trade", **parts, value=cents, labels=labels)]

    def cash(self, coin: Coin, cents: int) -> Part:
        return Part(max(1, cents * 10**coin.decimals // 100), coin)

    def swap(self) -> list[Draft]:
        """Two or three rows of one hash, as an explorer exports them."""
        account = self.rng.choice((self.main, self.main, self.studio))
        gives, takes = self.rng.sample(account.coins, 2)
        if account is self.main and self.parties.small and self.chance(20):
            takes = self.small_token()
        sent, fee = self.worth(account, gives, 40, 3_000), self.gas(account)
        cents = sent.units * gives.price_on(self.day) // 10 ** (gives.decimals + 7)
        before = self.afford(account, sent, fee)
        labels = ("liquidity",) if self.chance(25) else ()
        note = "Pool closed" if labels and self.chance(20) else ""
        venue = self.parties.someone("venue", "evm")
        first = self.draft(
            account, "trade", sent=sent, fee=fee, other=venue, labels=labels, note=note
        )
        received = Part(max(1, takes.units(cents, self.day)), takes)
        rows = [first, replace(first, sent=None, fee=None, received=received, note="")]
        if self.chance(35):
            left = Part(1 + sent.units // self.rng.randrange(200, 900), gives)
            rows.append(replace(rows[1], type="other", received=left))
        return [*before, first, *map(self.booked, rows[1:])]

    def small_token(self) -> Coin:
        small = self.parties.small
        return small[int(len(small) * self.rng.random() ** 2)]

    def own_transfer(self) -> list[Draft]:
        """Both sides of it: what left one wallet and what came into the other."""
        start, end, symbol = self.rng.choice(ROUTES)
        source, target = self.parties.accounts[start], self.parties.accounts[end]
        to, by = (account.own[PAID_ON[symbol]][0] for account in (target, source))
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
        account = self.rng.choice(self.on_chain + self.exchanges)
        coin = self.rng.choice(account.coins)
        part, other = self.worth(account, coin, 5, 1_800), self.stranger(account, coin)
        return self.income(account, "deposit", part, other=other)

    def withdrawn(self) -> list[Draft]:
        account = self.rng.choice(self.on_chain + self.exchanges)
        coin = self.rng.choice(account.coins)
        part, other = self.worth(account, coin, 5, 1_500), self.stranger(account, coin)
        labels = ("to check",) if self.chance(12) else ()
        return self.expense(account, "withdrawal", part, other=other, labels=labels)

    def sold_over_the_counter(self) -> list[Draft]:
        account = self.parties.accounts["Binance"]
        part = self.round(account.coin("USDT"), 500 * self.rng.randrange(2, 40))
        note = self.rng.choice(("First tranche", "Second tranche, see mail", ""))
        desk, labels = self.parties.someone("desk", "tron"), ("otc", "business", self.tax)
        return self.expense(account, "withdrawal", part, other=desk, note=note, labels=labels)

    def shopping(self) -> list[Draft]:
        account = self.rng.choice((self.main, self.cold, self.parties.accounts["Solana wallet"]))
        part = self.worth(account, account.coins[0], 4, 350)
        shop, bought = self.parties.someone("shop", account.family), self.rng.choice(BOUGHT)
        note = bought if self.chance(40) else ""
        labels = TRAVELS.get(bought, ("household",)) if self.chance(50) else ()
        return self.expense(account, "payment", part, other=shop, note=note, labels=labels)

    def paid_in_cash(self) -> list[Draft]:
        account = self.parties.accounts["Cash and cards"]
        part = self.round(account.coin("EUR"), 10 * self.rng.randrange(1, 30))
        if self.chance(40):
            return self.income(account, "deposit", part, note="From the bank")
        note, before = self.rng.choice(BOUGHT), self.afford(account, part)
        friend = self.parties.contacts["Jonas"] if self.chance(30) else None
        return [*before, self.draft(account, "payment", sent=part, note=note, contact=friend)]

    def gift(self) -> list[Draft]:
        account = self.rng.choice((self.main, self.cold, self.parties.accounts["Solana wallet"]))
        part = self.worth(account, account.coins[0], 10, 500)
        friend = self.parties.someone("friend", account.family)
        more = {"other": friend, "labels": ("family",), "note": self.rng.choice(OCCASIONS)}
        if self.chance(50):
            return self.income(account, "gift", part, **more)
        return self.expense(account, "gift", part, **more)

    def airdrop(self) -> list[Draft]:
        account, symbol = self.rng.choice(((self.main, "UNI"), (self.studio, "ARB")))
        part = self.worth(account, account.coin(symbol), 20, 900)
        labels = (self.tax,) if self.chance(50) else ()
        stranger = self.parties.someone("stranger", "evm")
        return self.income(account, "airdrop", part, other=stranger, labels=labels)

    def spam(self) -> list[Draft]:
        """A token that nobody asked for; most have been hidden."""
        coin = self.rng.choice(self.parties.spoofed)
        part, stranger = (
            self.round(coin, self.rng.randrange(1, 9_000)),
            self.stranger(self.main, coin),
        )
        return self.income(self.main, "airdrop", part, other=stranger, hidden=self.chance(90))

    def poisoning(self) -> list[Draft]:
        """Dust of an address that looks like one that is paid often."""
        fake, coin = self.parties.someone("look-alike", "evm"), self.parties.spoofed[0]
        part = Part(self.rng.randrange(1, 9), coin)
        return self.income(self.main, "deposit", part, other=fake, hidden=self.chance(50))

    def failed(self) -> list[Draft]:
        account = self.rng.choice((self.main, self.studio, self.parties.accounts["Solana wallet"]))
        return self.only_fee(account, self.rng.choice(("withdrawal", "trade")), failed=True)

    def approval(self) -> list[Draft]:
        return self.only_fee(self.rng.choice((self.main, self.studio)), "fee")

    def only_fee(self, account: Account, kind: str, failed: bool = False) -> list[Draft]:
        fee, other = self.gas(account), self.stranger(account, account.coins[0])
        before = self.afford(account, fee)
        return [*before, self.draft(account, kind, fee=fee, other=other, failed=failed)]

    def loss(self) -> list[Draft]:
        account = self.rng.choice(self.on_chain)
        part = self.worth(account, account.coins[0], 20, 600)
        more = {"other": self.stranger(account, part.coin), "labels": ("to check", self.tax)}
        return self.expense(account, "loss", part, note="Phishing, reported", **more)

    def adjustment(self) -> list[Draft]:
        account = self.rng.choice(self.exchanges)
        part = self.worth(account, self.rng.choice(account.coins), 1, 30)
        return self.income(account, "other", part)

    def lent(self) -> list[Draft]:
        """Through an address that many share, so the name is of this row only."""
        friend = self.rng.choice(list(self.parties.contacts.values()))
        rows = self.withdrawn()
        rows[-1].contact = friend
        return rows
