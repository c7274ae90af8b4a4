"""In whatever order people write, do things at once and take them back: what somebody wrote last
stands, unless it was taken back itself."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from history.actions import Conflicts, revert
from history.models import Entry
from ledgers.models import Ledger, Membership, Role
from live.writers import Way, writing
from tests.factories import make_label, make_ledger, make_member, make_transaction, make_user
from transactions.actions import bulk
from transactions.models import Label, Transaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROWS, PEOPLE = 2, 2
rows, people = st.integers(0, ROWS - 1), st.integers(0, PEOPLE - 1)
# Few texts, so that the same one is written again.
acts = st.one_of(
    st.tuples(st.just("note"), people, rows, st.sampled_from(["", "a"])),
    st.tuples(st.just("label"), people, rows, st.booleans()),
    st.tuples(st.just("hide"), people, st.booleans()),
    st.tuples(st.just("label_all"), people),
    st.tuples(st.just("revert"), people, st.integers(0, 5)),
    st.tuples(st.just("revert_act"), people, st.integers(0, 5)),
)


@dataclass
class Written:
    """A field of a row, by an act: what an entry tells."""

    place: tuple[int, str]
    was: Any
    became: Any
    act: int


@dataclass
class Life:
    """A ledger, and what stands in it as people understand it."""

    ledger: Ledger
    members: list[Membership]
    rows: list[Transaction]
    label: Label
    log: list[Written] = field(default_factory=list)
    stands: dict[tuple[int, str], Any] = field(default_factory=dict)
    act: int = 0

    def write(self, *places: tuple[int, str], value: Any) -> None:
        self.act += 1
        for place in places:
            self.put(place, value)

    def put(self, place: tuple[int, str], value: Any) -> None:
        was = self.stands[place]
        if was != value:
            self.log.append(Written(place, was, value, self.act))
            self.stands[place] = value

    def do_note(self, who: int, n: int, text: str) -> None:
        row, by = Transaction.objects.get(pk=self.rows[n].pk), self.members[who].user
        Transaction.objects.write(row.pk, expected_version=row.version, by=by, note=text)
        self.write((n, "note"), value=text)

    def do_label(self, _who: int, n: int, on: bool) -> None:
        pks = [self.label.pk]
        self.rows[n].relabel(add=pks if on else (), remove=() if on else pks)
        self.write((n, "label"), value=on)

    def do_hide(self, who: int, hide: bool) -> None:
        bulk.set_hidden(self.ledger.transactions.all(), hide, self.members[who].user)
        self.write(*((n, "hidden") for n in range(ROWS)), value=hide)

    def do_label_all(self, who: int) -> None:
        bulk.add_label(self.ledger.transactions.all(), self.label, self.members[who].user)
        self.write(*((n, "label") for n in range(ROWS)), value=True)

    def do_revert(self, who: int, back: int) -> None:
        if back < len(self.log):
            place = len(self.log) - 1 - back
            self.take_back(who, [place], whole=False)

    def do_revert_act(self, who: int, back: int) -> None:
        if back < len(self.log):
            act = self.log[-1 - back].act
            self.take_back(who, [n for n, each in enumerate(self.log) if each.act == act], True)

    def take_back(self, who: int, wanted: list[int], whole: bool) -> None:
        told = self.entries()
        chosen = Entry.objects.filter(pk=told[wanted[-1]].pk)
        if whole:
            chosen = Entry.objects.of_act(chosen.get())
        free = all(self.is_last(n) for n in wanted)
        try:
            n = revert(chosen, self.members[who], whole)
        except Conflicts:
            assert not free
            return
        assert free
        assert n == len(wanted)
        self.act += 1
        for each in sorted((self.log[n] for n in wanted), key=lambda each: each.place):
            self.put(each.place, each.was)

    def is_last(self, n: int) -> bool:
        return all(later.place != self.log[n].place for later in self.log[n + 1 :])

    def entries(self) -> list[Entry]:
        """As they stand in the log: an act writes one field, of each row once."""
        of = {row.pk for row in self.rows}
        found = Entry.objects.filter(ledger=self.ledger, kind="transaction", deed="changed")
        return list(found.filter(object_id__in=of).order_by("act", "object_id"))

    def now(self) -> dict[tuple[int, str], Any]:
        found: dict[tuple[int, str], Any] = {}
        for n, row in enumerate(self.rows):
            row = Transaction.objects.get(pk=row.pk)
            found |= {(n, "note"): row.note, (n, "hidden"): row.hidden}
            found[n, "label"] = self.label in row.labels.all()
        return found


def new_life() -> Life:
    ledger = make_ledger()
    members = [make_member(ledger, make_user(), Role.EDITOR) for _ in range(PEOPLE)]
    life = Life(ledger, members, [], make_label(ledger))
    life.rows = [make_transaction(ledger) for _ in range(ROWS)]
    life.stands = life.now()
    return life


@settings(
    max_examples=20,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(acts, min_size=10, max_size=20))
def test_what_was_written_last_stands(db: None, done: list[Any]) -> None:
    life = new_life()

    for what, who, *values in done:
        with writing(Way.PAGE, life.members[who].user):
            getattr(life, f"do_{what}")(who, *values)
        assert life.now() == life.stands
        assert len(life.entries()) == len(life.log)
