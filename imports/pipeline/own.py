"""Rows that name their wallets, or that other formats have too: known by any of their sources.
Those of our own export point at what people wrote by its name."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from contacts.chains import short
from contacts.models import Contact, Wallet
from formats.parsing.records import BuiltTransaction, Remark, Row, Source, WalletRef
from imports.models import OWN_FAMILY, own_key
from imports.pipeline.known import Line, nothing
from imports.pipeline.reading import Occurrences
from imports.pipeline.targets import Targets
from ledgers.models import Ledger

DELETED = """
    CASE WHEN t.deleted_at IS NOT NULL AND t.undone_import_id IS NULL THEN t.id END
"""
KNOWN = f"""
    SELECT n.place, n.wallet, n.family, n.key, line.id, t.undone_import_id IS NOT NULL, {DELETED}
    FROM unnest(%s::int[], %s::bigint[], %s::text[], %s::bytea[]) AS n (place, wallet, family, key)
    JOIN transactions_sourceline AS line
        ON line.wallet_id = n.wallet AND line.family = n.family AND line.key = n.key
    JOIN transactions_transaction AS t ON t.id = line.transaction_id
"""  # noqa: S608 (our own text)
# Rows that came from no file, of the ledger that they were exported from.
BY_HAND = f"""
    SELECT t.id, {DELETED} FROM transactions_transaction AS t
    WHERE t.ledger_id = %s AND t.id = ANY(%s) AND t.undone_import_id IS NULL
"""  # noqa: S608 (our own text)
NAMED = """
    SELECT wanted, one.id FROM unnest(%s::text[]) AS wanted
    JOIN {table} AS one ON one.ledger_id = %s AND lower(one.name) = lower(wanted)
"""
ASSIGN = """
    UPDATE contacts_address AS a SET contact_id = n.contact, wallet_id = n.wallet
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (address, contact, wallet)
    WHERE a.id = n.address AND a.contact_id IS NULL AND a.wallet_id IS NULL
"""
# The line, the address, whose it is, and whose it was to be.
OTHERWISE = """
    SELECT n.line, a.shown, coalesce(c.name, w.name), coalesce(nc.name, nw.name)
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[])
        AS n (address, contact, wallet, line)
    JOIN contacts_address AS a ON a.id = n.address
    LEFT JOIN contacts_contact AS c ON c.id = a.contact_id
    LEFT JOIN contacts_wallet AS w ON w.id = a.wallet_id
    LEFT JOIN contacts_contact AS nc ON nc.id = n.contact
    LEFT JOIN contacts_wallet AS nw ON nw.id = n.wallet
    WHERE a.contact_id IS DISTINCT FROM n.contact OR a.wallet_id IS DISTINCT FROM n.wallet
    ORDER BY n.line
"""


class Owner(NamedTuple):
    """Of an address: a contact or a wallet, and the line that says so."""

    address: int
    contact: int | None
    wallet: int | None
    line: int


class ByName:
    """Contacts or wallets of a ledger by their names, in any case as the database sees it. With
    `make`, those that are missing are made."""

    def __init__(self, ledger: Ledger, model: type[Contact | Wallet], make: bool = True) -> None:
        self.ledger, self.model, self.make = ledger, model, make
        self._found: dict[str, int] = {}

    def prepare(self, wanted: dict[str, dict[str, Any]]) -> None:
        """The rows of these names, each with its values where it is made."""
        missing = {name: new for name, new in wanted.items() if name and name not in self._found}
        if not missing:
            return
        if self.make:
            rows: Any = [
                self.model(ledger=self.ledger, name=name, **new)
                for name, new in sorted(missing.items())
            ]
            self.model._default_manager.bulk_create(rows, ignore_conflicts=True)
        with connection.cursor() as cursor:
            statement = NAMED.format(table=self.model._meta.db_table)
            cursor.execute(statement, [[*missing], self.ledger.pk])
            self._found.update(cursor.fetchall())

    def get(self, name: str) -> int | None:
        return self._found.get(name)


class Wallets(ByName):
    """Those that rows name."""

    def __init__(self, ledger: Ledger, make: bool) -> None:
        super().__init__(ledger, Wallet, make)

    def prepare_rows(self, rows: Iterable[Row[Any]]) -> None:
        refs: dict[WalletRef, None] = dict.fromkeys(row.wallet for row in rows if row.wallet)
        self.prepare({ref.name: {"kind": ref.kind} for ref in refs})

    def of(self, row: Row[Any]) -> int | None:
        """None for one that is not there yet."""
        return self.get(row.wallet.name) if row.wallet else None

    def at(self, place: WalletRef | None) -> int | None:
        return self.get(place.name) if place else None


class OneOf:
    """The wallet of a file whose rows name none; perhaps it is not there yet."""

    def __init__(self, wallet: Wallet | None) -> None:
        self._wallet = wallet.pk if wallet else None

    def prepare_rows(self, rows: Iterable[Row[Any]]) -> None:
        pass

    def of(self, row: Row[Any]) -> int | None:
        return self._wallet


@dataclass(slots=True)
class KnownRows:
    """As KnownLines, for rows that name their wallets, or that several formats have. A row is known
    if its wallet has one of its sources, if it is of this ledger itself, and if it came before in
    the file."""

    ledger: Ledger
    family: str
    wallets: Wallets | OneOf
    come_back: Callable[[list[Line]], None] = nothing
    fresh: bytearray = field(default_factory=bytearray)
    known: "array[int]" = field(default_factory=lambda: array("Q"))
    back: int = 0
    deleted: set[int] = field(default_factory=set)
    used: set[int] = field(default_factory=set)
    _seen: Occurrences = field(default_factory=Occurrences)

    def look_up(self, rows: Sequence[Row[Any]]) -> bytes:
        """Of each row whether it is fresh."""
        self.wallets.prepare_rows(rows)
        self.used.update(pk for row in rows if (pk := self.wallets.of(row)))
        found = self._found(rows)
        known = {place for place, _line, _pk, undone, _deleted in found if not undone}
        known |= self._by_hand(rows)
        fresh = bytes(not (self._again(row) or n in known) for n, row in enumerate(rows))
        back = [line for place, line, *_row in found if fresh[place]]
        self.come_back(back)
        self.back += len(back)
        self.known.extend(pk for _place, _line, pk, undone, _deleted in found if not undone)
        self.deleted.update(deleted for *_line, undone, deleted in found if deleted)
        self.fresh += fresh
        return fresh

    def _found(self, rows: Sequence[Row[Any]]) -> list[tuple[int, Line, int, bool, int | None]]:
        places = [
            (n, wallet, *source)
            for n, row in enumerate(rows)
            if (wallet := self.wallets.of(row))
            for source in sources_of(row, self.family)
        ]
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, [[each[column] for each in places] for column in range(4)])
            return [
                (place, (wallet, family, bytes(key)), pk, undone, deleted)
                for place, wallet, family, key, pk, undone, deleted in cursor.fetchall()
            ]

    def _by_hand(self, rows: Sequence[Row[Any]]) -> set[int]:
        """The places of rows that are here under their own number."""
        places = defaultdict[int, list[int]](list)
        for n, row in enumerate(rows):
            for source in sources_of(row, self.family):
                if source.family == OWN_FAMILY and self._is_ours(source.key):
                    places[int.from_bytes(source.key[16:])].append(n)
        if not places:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, [self.ledger.pk, [*places]])
            here = cursor.fetchall()
        self.deleted.update(deleted for _pk, deleted in here if deleted)
        return {n for pk, _deleted in here for n in places[pk]}

    def _is_ours(self, key: bytes) -> bool:
        pk = int.from_bytes(key[16:])
        return pk < 1 << 63 and key == own_key(self.ledger.uid, pk)

    def _again(self, row: Row[Any]) -> bool:
        wallet = row.wallet.name.lower() if row.wallet else ""
        names = (
            f"{wallet}\0{family}\0".encode() + key for family, key in sources_of(row, self.family)
        )
        numbers = [int.from_bytes(sha256(name).digest()[:8]) for name in names]
        return max([self._seen.next(number) for number in numbers]) > 1


def sources_of(row: Row[Any], family: str) -> Sequence[Source]:
    """Of a row that names none, itself."""
    return row.sources or (Source(family, row.key),)


class OwnTargets(Targets):
    """What rows of our own export point at. Nothing that somebody wrote is overwritten: an address
    that is of another contact or wallet here stays so, and is told."""

    def __init__(self, ledger: Ledger, wallets: Wallets) -> None:
        super().__init__(ledger)
        self.wallets, self.contacts = wallets, ByName(ledger, Contact)
        self._assigned: set[int] = set()

    def wallet_of(self, built: BuiltTransaction) -> int:
        return self.wallet_at(built.place)

    def wallet_at(self, place: WalletRef | None) -> int:
        pk = self.wallets.at(place)
        assert pk, "looked up before it is written"
        return pk

    def contact(self, name: str) -> int | None:
        return self.contacts.get(name)

    def prepare(self, built: Iterable[BuiltTransaction]) -> None:
        built = list(built)
        super().prepare(built)
        others = [each.wallet for each in built if each.wallet]
        self.wallets.prepare({ref.name: {"kind": ref.kind} for ref in others})
        written = [each.entry.written for each in built if each.entry.written]
        contacts = [name for each in written for name in (each.contact, each.counterparty_contact)]
        wallets = [name for each in written for name in (each.counterparty_wallet, each.own_wallet)]
        self.contacts.prepare({name: {} for name in contacts})
        self.wallets.prepare({name: {} for name in wallets})
        self._assign({owner.address: owner for each in built for owner in self._owners(each)})

    def _own(self, chain: str, text: str) -> None:
        """Not the wallet's because a row says so, but what it was."""

    def _owners(self, built: BuiltTransaction) -> Iterator[Owner]:
        entry, written = built.entry, built.entry.written
        if not written:
            return
        line = built.rows[0].line if built.rows else 0
        own = self.address(entry.own_chain or entry.chain, entry.own_address)
        other = self.address(entry.chain, entry.counterparty)
        if own and written.own_wallet:
            yield Owner(own.pk, None, self.wallets.get(written.own_wallet), line)
        if other and written.counterparty_contact:
            yield Owner(other.pk, self.contacts.get(written.counterparty_contact), None, line)
        elif other and written.counterparty_wallet:
            yield Owner(other.pk, None, self.wallets.get(written.counterparty_wallet), line)

    def _assign(self, owners: dict[int, Owner]) -> None:
        new = [owner for address, owner in owners.items() if address not in self._assigned]
        self._assigned.update(owners)
        columns = [list(column) for column in zip(*new, strict=True)] or [[], [], [], []]
        with connection.cursor() as cursor:
            cursor.execute(ASSIGN, columns[:3])
            cursor.execute(OTHERWISE, columns)
            for line, address, here, theirs in cursor.fetchall():
                reason = _("%(address)s is of “%(name)s” here, and stays so")
                names = {"address": short(address), "name": here}
                self.remarks.append(Remark(line, "", theirs, here, reason % names))
