"""Where the rows of a file would go: into one wallet, or each into the one that it names."""

from collections import Counter
from typing import Any

from formats import AnyFormat
from formats.parsing.files import TextFile
from formats.parsing.records import BuiltTransaction
from imports.pipeline.confirmed import SeenWallets
from imports.pipeline.importer import Import, refuse_wallet
from imports.pipeline.known import KnownLines
from imports.pipeline.own import KnownRows, OneOf
from ledgers.models import Ledger


class OneWallet:
    """The one that a person chose, else the likeliest; perhaps not made yet."""

    compares_hashes = True

    def __init__(self, job: Import, kind: Any, file: TextFile) -> None:
        self.name = job.wallet.strip() or likely_wallet(job.ledger, kind, file)
        self.wallet = job.ledger.wallets.filter(name__iexact=self.name).first()
        self.lines: KnownLines | KnownRows = KnownLines(self.wallet, kind.family)
        if kind.shares_lines:
            self.lines = KnownRows(job.ledger, kind.family, OneOf(self.wallet))

    def of(self, chunk: list[BuiltTransaction]) -> list[int | None]:
        return [self.wallet.pk if self.wallet else None] * len(chunk)

    def found(self) -> dict[str, Any]:
        """As the page shows it."""
        name = self.wallet.name if self.wallet else self.name
        return {"wallet": name, "new_wallet": self.wallet is None, "wallets": []}


class NamedWallets:
    """Those that the rows name."""

    compares_hashes = False  # the other end of a transfer is in the file too

    def __init__(self, job: Import, kind: AnyFormat) -> None:
        refuse_wallet(job)
        self.wallets = SeenWallets(job.ledger)
        self.lines = KnownRows(job.ledger, kind.family, self.wallets)
        self.counts: Counter[str] = Counter()

    def of(self, chunk: list[BuiltTransaction]) -> list[int | None]:
        self.wallets.prepare_built(chunk)
        self.counts.update(built.place.name for built in chunk if built.place)
        return [self.wallets.at(built.place) for built in chunk]

    def found(self) -> dict[str, Any]:
        new = [
            {"name": name, "rows": n, "new": self.wallets.get(name) is None}
            for name, n in sorted(self.counts.items(), key=lambda item: item[0].lower())
        ]
        keys = self.wallets.keys()
        return {"wallet": "", "new_wallet": False, "wallets": new, "wallet_keys": keys}


type Place = OneWallet | NamedWallets


def likely_wallet(ledger: Ledger, kind: Any, file: TextFile) -> str:
    """Where files of this format, or this very file, went before; else a wallet of its name."""
    standing = ledger.batches.filter(undone_at=None).exclude(wallet=None).order_by("-imported_at")
    batches = standing.values_list("wallet__name", flat=True)
    if before := batches.filter(sha256=file.sha256).first():
        return str(before)
    went = list(batches.filter(format=kind.name)[:50])
    if len(set(went)) == 1:
        return str(went[0])
    return str(kind.title.split(" (")[0])
