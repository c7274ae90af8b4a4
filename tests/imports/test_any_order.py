"""Whatever people do in whatever order: no line is doubled, and no work of a person is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.models import ImportBatch
from imports.pipeline.undo import redo, undo
from ledgers.models import Ledger, User
from tests.factories import make_label, make_ledger, make_user
from tests.formats.test_koinly_export import HEADER
from tests.imports.helpers import run
from tests.imports.uploads import KOINLY
from transactions.actions.deleting import restore
from transactions.models import Label, Transaction

LINES = 5
# Two lines of each kind are the same to the last letter: they are two real fills.
KINDS = [0, 1, 1, 2, 3]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def of_a_wallet(start: int, stop: int) -> str:
    lines = (f"2024-03-01 10:0{kind}:00,,,{kind + 1},BTC,,,,,,,\n" for kind in KINDS[start:stop])
    return KOINLY + "".join(lines)


def of_several(start: int, stop: int) -> str:
    """Transfers: two rows of each line."""
    day = "2024-03-01 10:00:00"
    lines = [
        f"id{n},,{day},transfer,,Kraken,,{n + 1},BTC,Cold,,{n + 1},BTC,,,,,,,,,\n"
        for n in range(start, stop)
    ]
    return f"{HEADER}\n{''.join(lines)}"


# Cuts that leave lines of one kind together.
CUTS = [0, 1, 3, 4, 5]
slices = st.tuples(st.sampled_from(CUTS), st.sampled_from(CUTS)).map(sorted)
places = st.integers(0, 2 * LINES - 1)
of_imports = (
    st.tuples(st.just("import"), slices),
    st.tuples(st.just("import"), st.just((0, LINES))),
    st.tuples(st.just("undo_or_redo"), st.integers(0, 1), st.booleans()),
    st.tuples(st.just("undo_or_redo"), st.integers(0, 2), st.booleans()),
)
of_people = (
    st.tuples(st.just("note"), places),
    st.tuples(st.just("label"), places),
    st.tuples(st.just("delete"), places),
    st.tuples(st.just("restore"), places),
)
acts = st.lists(st.one_of(*of_imports, *of_people), min_size=4, max_size=14)
acts |= st.lists(st.one_of(*of_imports), min_size=6, max_size=10)


@dataclass
class Life:
    """A ledger, and what people have written: by line, which keeps its place among its kind. The
    second row of a line has its place after all lines."""

    ledger: Ledger
    statement: Callable[[int, int], str]
    wallet: str
    keys: list[bytes]
    user: User
    label: Label
    batches: list[tuple[ImportBatch, range]] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)
    notes: dict[int, str] = field(default_factory=dict)
    labelled: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)

    def alive(self) -> dict[int, Transaction]:
        """By their place in the whole statement."""
        return self.placed(self.ledger.transactions.alive())

    def placed(self, rows: Any) -> dict[int, Transaction]:
        found: dict[int, Transaction] = {}
        keys = {key: place for place, key in enumerate(self.keys)}
        rows = rows.select_related("parent").prefetch_related("labels")
        for row in rows.prefetch_related("source_lines", "parent__source_lines"):
            (line,) = (row.parent or row).source_lines.all()
            place = keys[bytes(line.key)] + (LINES if row.parent else 0)
            assert place not in found
            found[place] = row
        return found

    def act(self, what: str, *how: Any) -> None:
        getattr(self, f"do_{what}")(*how)
        self.check()

    def do_import(self, piece: tuple[int, int]) -> None:
        result = run(self.ledger, self.statement(*piece), wallet=self.wallet)
        if result.batch:
            self.batches.append((ImportBatch.objects.get(pk=result.batch), range(*piece)))

    def do_note(self, place: int) -> None:
        if row := self.alive().get(place):
            note = f"note {len(self.notes)} of {place}, {row.version}"
            Transaction.objects.write(row.pk, expected_version=row.version, by=self.user, note=note)
            self.notes[place] = note

    def do_label(self, place: int) -> None:
        if row := self.alive().get(place):
            row.relabel(add=[self.label.pk], remove=[])
            self.labelled.add(place)

    def do_undo_or_redo(self, n: int, keep: bool) -> None:
        if not self.batches:
            return
        n %= len(self.batches)
        batch, _lines = self.batches[n]
        if n in self.undone:
            redo(batch, None)
        else:
            undo(batch, self.user, keep)
        self.undone ^= {n}

    def do_delete(self, place: int) -> None:
        if row := self.alive().get(place):
            now = timezone.now()
            rows = Transaction.objects.filter(pk=row.pk)
            rows.update(deleted_at=now, edited_at=now, edited_by=self.user)
            self.deleted.add(place)

    def do_restore(self, place: int) -> None:
        rows = self.ledger.transactions.deleted()
        if row := self.placed(rows).get(place):
            restore(rows.filter(pk=row.pk), self.user)
            self.deleted.discard(place)

    def standing(self) -> set[int]:
        """The rows of the lines of all imports that stand."""
        of = (range for n, (_batch, range) in enumerate(self.batches) if n not in self.undone)
        lines = {line for some in of for line in some}
        return lines | ({LINES + line for line in lines} if self.wallet == "" else set())

    def check(self) -> None:
        alive = self.alive()
        for place, row in alive.items():
            assert place not in self.deleted
            assert row.note == self.notes.get(place, "")
            assert bool(row.labels.all()) == (place in self.labelled)
        assert self.standing() <= alive.keys() | self.deleted
        worked = {place for place, row in alive.items() if row.edited_at}
        worked |= self.labelled | self.deleted
        for place in alive.keys() - self.standing():
            assert worked & {place % LINES, place % LINES + LINES}


@pytest.fixture(params=[of_a_wallet, of_several])
def kind(request: pytest.FixtureRequest, db: None) -> dict[str, Any]:
    """How a statement is written, and the keys of its lines in their order."""
    statement = request.param
    ledger, wallet = make_ledger(), "Kraken" if statement is of_a_wallet else ""
    run(ledger, statement(0, LINES), wallet=wallet)
    rows = ledger.transactions.filter(parent=None).order_by("source_lines__line")
    keys = [bytes(row.source_lines.get().key) for row in rows]
    return {"statement": statement, "wallet": wallet, "keys": keys}


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(steps=acts)
def test_no_work_is_lost_and_no_line_doubled(
    kind: dict[str, Any], steps: list[tuple[Any, ...]]
) -> None:
    ledger = make_ledger()
    life = Life(ledger, user=make_user(), label=make_label(ledger, "work"), **kind)

    for what, *how in steps:
        life.act(what, *how)
    life.act("import", (0, LINES))

    assert life.alive().keys() == life.standing() - life.deleted
    assert ledger.transactions.alive().count() + len(life.deleted) == len(life.standing())
