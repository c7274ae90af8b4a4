"""Whatever people do in whatever order: no line is doubled, and no work of a person is lost."""

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
from tests.imports.helpers import run
from tests.imports.uploads import KOINLY
from transactions.actions.deleting import restore
from transactions.models import Label, Transaction

LINES = 5
# Two lines of each kind are the same to the last letter: they are two real fills.
KINDS = [0, 1, 1, 2, 3]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def statement(start: int, stop: int) -> str:
    lines = (f"2024-03-01 10:0{kind}:00,,,{kind + 1},BTC,,,,,,,\n" for kind in KINDS[start:stop])
    return KOINLY + "".join(lines)


# Cuts that leave lines of one kind together.
CUTS = [0, 1, 3, 4, 5]
slices = st.tuples(st.sampled_from(CUTS), st.sampled_from(CUTS)).map(sorted)
places = st.integers(0, LINES - 1)
acts = st.one_of(
    st.tuples(st.just("import"), slices),
    st.tuples(st.just("note"), places),
    st.tuples(st.just("label"), places),
    st.tuples(st.just("undo"), st.integers(0, 4), st.booleans()),
    st.tuples(st.just("redo"), st.integers(0, 4)),
    st.tuples(st.just("delete"), places),
    st.tuples(st.just("restore"), places),
)


@dataclass
class Life:
    """A ledger, and what people have written: by line, which keeps its place among its kind."""

    ledger: Ledger
    user: User
    label: Label
    batches: list[ImportBatch] = field(default_factory=list)
    notes: dict[int, str] = field(default_factory=dict)
    labelled: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)

    def alive(self) -> dict[int, Transaction]:
        """By the place of their line in the whole statement."""
        return self.placed(self.ledger.transactions.alive())

    def placed(self, rows: Any) -> dict[int, Transaction]:
        found: dict[int, Transaction] = {}
        keys = {bytes(key): place for place, key in enumerate(KEYS)}
        for row in rows.prefetch_related("source_lines", "labels"):
            (line,) = row.source_lines.all()
            place = keys[bytes(line.key)]
            assert place not in found
            found[place] = row
        return found

    def act(self, what: str, *how: Any) -> None:
        getattr(self, f"do_{what}")(*how)
        self.check()

    def do_import(self, piece: tuple[int, int]) -> None:
        result = run(self.ledger, statement(*piece))
        if result.batch:
            self.batches.append(ImportBatch.objects.get(pk=result.batch))
            rows = self.alive()
            assert set(range(*piece)) <= rows.keys() | self.deleted

    def do_note(self, place: int) -> None:
        if row := self.alive().get(place):
            note = f"note {len(self.notes)} of {place}, {row.version}"
            Transaction.objects.write(row.pk, expected_version=row.version, by=self.user, note=note)
            self.notes[place] = note

    def do_label(self, place: int) -> None:
        if row := self.alive().get(place):
            row.relabel(add=[self.label.pk], remove=[])
            self.labelled.add(place)

    def do_undo(self, n: int, keep: bool) -> None:
        if n < len(self.batches):
            undo(self.batches[n], self.user, keep)

    def do_redo(self, n: int) -> None:
        if n < len(self.batches):
            redo(self.batches[n], None)

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

    def check(self) -> None:
        for place, row in self.alive().items():
            assert place not in self.deleted
            assert row.note == self.notes.get(place, "")
            assert bool(row.labels.all()) == (place in self.labelled)


KEYS: list[bytes] = []


@pytest.fixture
def keys(db: None) -> None:
    """Of the lines, in the order of the whole statement."""
    ledger = make_ledger()
    run(ledger, statement(0, LINES))
    rows = ledger.transactions.order_by("source_lines__line")
    KEYS[:] = [bytes(row.source_lines.get().key) for row in rows]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(steps=st.lists(acts, min_size=4, max_size=14))
def test_no_work_is_lost_and_no_line_doubled(keys: None, steps: list[tuple[Any, ...]]) -> None:
    ledger = make_ledger()
    life = Life(ledger, make_user(), make_label(ledger, "work"))

    for what, *how in steps:
        life.act(what, *how)
    life.act("import", (0, LINES))

    assert life.alive().keys() == set(range(LINES)) - life.deleted
    assert ledger.transactions.alive().count() + len(life.deleted) == LINES
