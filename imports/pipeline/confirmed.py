"""The wallets that the rows of a file name: what a check has shown of them is what is imported."""

from collections.abc import Iterable, Iterator
from typing import Any

from formats.parsing.records import BuiltTransaction
from imports.pipeline.own import Wallets
from ledgers.models import Ledger

# Of each name its wallet, None for one that is not there.
type Keys = dict[str, int | None]


class LedgerChanged(Exception):
    """Other rows are new than those that were shown, or wallets are not those that were shown."""


class SeenWallets(Wallets):
    """Those of a check, which makes none and keeps what it was asked for."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger, make=False)
        self._asked: dict[str, None] = {}

    def prepare(self, wanted: dict[str, dict[str, Any]]) -> None:
        self._asked |= dict.fromkeys(filter(None, wanted))
        super().prepare(wanted)

    def prepare_built(self, chunk: Iterable[BuiltTransaction]) -> None:
        self.prepare({name: {} for built in chunk for name in named_by(built)})

    def keys(self) -> Keys:
        return {name: self.get(name) for name in self._asked}


class ShownWallets(Wallets):
    """Those of an import that was confirmed. A name that no wallet had may be made; one that had
    one has the same still, else that was renamed and would be made anew."""

    def __init__(self, ledger: Ledger, shown: Keys) -> None:
        super().__init__(ledger, make=True)
        self._shown = shown

    def prepare(self, wanted: dict[str, dict[str, Any]]) -> None:
        super().prepare(wanted)
        if not all(map(self._is_as_shown, filter(None, wanted))):
            raise LedgerChanged

    def _is_as_shown(self, name: str) -> bool:
        return name in self._shown and self._shown[name] in (None, self.get(name))


def named_by(built: BuiltTransaction) -> Iterator[str]:
    """Where it goes, and the wallets that its addresses are of: an import makes those too."""
    if built.place:
        yield built.place.name
    if written := built.entry.written:
        yield from (written.counterparty_wallet, written.own_wallet)


def gone(before: Keys, now: Keys) -> list[str]:
    """The names whose wallet had them before, and has them no longer."""
    return sorted(name for name, key in before.items() if key and now.get(name, key) != key)
