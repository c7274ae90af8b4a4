"""Whatever people, rules, imports and the ways back do in whatever order: what a person wrote last
stands, unless he took it back himself.

EXAMPLES says how often it is tried.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contacts.models import Contact
from history.actions import CannotRevert, Conflicts, revert
from history.models import Entry
from imports.models import ImportBatch
from imports.pipeline.undo import redo, undo
from ledgers.models import Ledger, Membership, Role
from ledgers.undo import UNDO
from live.writers import Way, writing
from rules.actions import acting, apply, switch, take_back
from rules.models import Effect
from tests.factories import (
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_rule,
    make_user,
)
from tests.imports.helpers import run
from tests.imports.uploads import KOINLY
from transactions.actions import bulk
from transactions.actions.deleting import delete, restore
from transactions.models import Label, Transaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

EXAMPLES = int(os.environ.get("EXAMPLES", "6"))
LINES = 3
STATEMENT = KOINLY + "".join(
    f"2024-03-01 10:0{n}:00,,,{n + 1},BTC,,,,,{label},,\n"
    for n, label in enumerate(("rent", "rent", "")[:LINES])
)
places, people, bits = st.integers(0, LINES - 1), st.integers(0, 1), st.booleans()
few = st.integers(0, 3)
acts = st.one_of(
    st.tuples(st.just("note"), people, places, st.sampled_from(["", "a", "b"])),
    st.tuples(st.just("label"), people, places, st.sampled_from(["work", "rent"]), bits),
    st.tuples(st.just("contact"), people, places, bits),
    st.tuples(st.just("hide_all"), people, bits),
    st.tuples(st.just("label_all"), people, st.sampled_from(["work", "rent"])),
    st.tuples(st.just("contact_all"), people),
    st.tuples(st.just("undo_bulk"), people, few),
    st.tuples(st.just("revert"), people, few, bits),
    st.tuples(st.just("delete"), people, places),
    st.tuples(st.just("restore"), people, places),
    st.tuples(st.just("switch"), people, bits),
    st.tuples(st.just("rules"), people),
    st.tuples(st.just("rule_back"), people, few),
    st.tuples(st.just("import"), people),
    st.tuples(st.just("import_back"), people, few, bits),
    st.tuples(st.just("import_again"), people, few),
)
type State = dict[tuple[int, str], Any]


@dataclass
class Life:
    """A ledger; of each field of each line what people wrote, the last on top; and what can be
    undone."""

    ledger: Ledger
    members: list[Membership]
    labels: dict[str, Label]
    contact: Contact
    written: dict[tuple[int, str], list[Any]] = field(default_factory=dict)
    done: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)

    def rows(self) -> dict[int, Transaction]:
        """By their line, wherever they are."""
        found = self.ledger.transactions.prefetch_related("labels")
        rows = {int(row.received_amount or 0) - 1: row for row in found}
        assert len(rows) == len(found)
        return rows

    def now(self) -> State:
        found: State = {}
        for n, row in self.rows().items():
            found |= {(n, "note"): row.note, (n, "hidden"): row.hidden}
            found[n, "contact"] = row.contact_id
            on = {label.name for label in row.labels.all()}
            found |= {(n, name): name in on for name in self.labels}
        return found

    def changed(self, before: State) -> Iterator[tuple[tuple[int, str], Any]]:
        now = self.now()
        return ((place, now[place]) for place in before if before[place] != now[place])

    def writes(self, how: Way, who: int, act: Callable[[], Any]) -> Any:
        """By a person."""
        before = self.now()
        with writing(how, self.members[who].user):
            done = act()
        for place, value in self.changed(before):
            self.written.setdefault(place, []).append(value)
        return done

    def takes_back(self, how: Way, who: int, act: Callable[[], Any]) -> None:
        """What people wrote: what was written before stands again, if anything was."""
        before = self.now()
        with writing(how, self.members[who].user):
            act()
        for place, _value in self.changed(before):
            self.written[place].pop()

    def alive(self, n: int) -> Transaction | None:
        row = self.rows().get(n)
        return row if row and not row.deleted_at else None

    def do_note(self, who: int, n: int, text: str) -> None:
        if row := self.alive(n):
            of = {"expected_version": row.version, "by": self.members[who].user, "note": text}
            self.writes(Way.PAGE, who, lambda: Transaction.objects.write(row.pk, **of))

    def do_label(self, who: int, n: int, name: str, on: bool) -> None:
        if row := self.alive(n):
            pks, none = [self.labels[name].pk], list[int]()
            add, remove = (pks, none) if on else (none, pks)
            self.writes(Way.PAGE, who, lambda: row.relabel(add=add, remove=remove))

    def do_contact(self, who: int, n: int, on: bool) -> None:
        if row := self.alive(n):
            contact = self.contact if on else None
            of = {"expected_version": row.version, "by": self.members[who].user, "contact": contact}
            self.writes(Way.PAGE, who, lambda: Transaction.objects.write(row.pk, **of))

    def do_hide_all(self, who: int, hide: bool) -> None:
        self.bulk("bulk hidden", who, bulk.set_hidden, hide)

    def do_label_all(self, who: int, name: str) -> None:
        self.bulk("labelled", who, bulk.add_label, self.labels[name])

    def do_contact_all(self, who: int) -> None:
        self.bulk("named", who, bulk.set_contact, self.contact)

    def bulk(self, what: str, who: int, act: Callable[..., Any], value: Any) -> None:
        rows, by = self.ledger.transactions.alive(), self.members[who].user
        _n, done = self.writes(Way.BULK, who, lambda: act(rows, value, by))
        self.done.append((what, done))

    def do_undo_bulk(self, who: int, back: int) -> None:
        if back < len(self.done):
            what, done = self.done[-1 - back]
            undo_it = UNDO[what][1]
            by = self.members[who].user
            self.takes_back(Way.UNDO, who, lambda: undo_it(self.ledger, done, by))

    def do_revert(self, who: int, back: int, whole: bool) -> None:
        changed = Entry.objects.filter(ledger=self.ledger, kind="transaction", deed="changed")
        theirs = changed.filter(way__in=["page", "bulk"]).exclude(changes__has_key="deleted_at")
        for entry in theirs.order_by("-pk")[back : back + 1]:
            of = Entry.objects.of_act(entry) if whole else theirs.filter(pk=entry.pk)
            back_it = partial(revert, of, self.members[who], whole)
            with suppress(Conflicts, CannotRevert):
                self.takes_back(Way.REVERT, who, back_it)

    def do_delete(self, who: int, n: int) -> None:
        if row := self.alive(n):
            with writing(Way.PAGE, self.members[who].user):
                delete(row, self.members[who].user)
            self.deleted.add(n)

    def do_restore(self, who: int, n: int) -> None:
        rows = self.ledger.transactions.deleted()
        if row := self.rows().get(n):
            with writing(Way.PAGE, self.members[who].user):
                restore(rows.filter(pk=row.pk), self.members[who].user)
            self.deleted.discard(n)

    def do_switch(self, who: int, last: bool) -> None:
        rule = self.ledger.rules.alive().order_by("place")[int(last)]
        switch(rule, not rule.enabled, self.members[who].user)

    def do_rules(self, who: int) -> None:
        with transaction.atomic(), acting(self.members[who].user):
            for rule in self.ledger.rules.on():
                apply(rule, self.members[who].user)

    def do_rule_back(self, who: int, n: int) -> None:
        for effect in Effect.objects.filter(ledger=self.ledger, back_at=None)[n : n + 1]:
            take_back(effect, self.members[who], others=True)

    def do_import(self, who: int) -> None:
        run(self.ledger, STATEMENT, user=self.members[who].user)

    def do_import_back(self, who: int, n: int, keep: bool) -> None:
        for batch in self.batches()[n : n + 1]:
            undo(batch, self.members[who].user, keep)

    def do_import_again(self, who: int, n: int) -> None:
        for batch in self.batches()[n : n + 1]:
            redo(batch, self.members[who].user)

    def batches(self) -> Any:
        return ImportBatch.objects.filter(ledger=self.ledger).order_by("pk")

    def check(self) -> None:
        now, rows = self.now(), self.rows()
        for (n, name), values in self.written.items():
            if values and not rows[n].deleted_at:
                assert now[n, name] == values[-1], (n, name)
        assert all(rows[n].deleted_at for n in self.deleted)


def new_life() -> Life:
    ledger = make_ledger()
    members = [make_member(ledger, make_user(), Role.EDITOR) for _ in range(2)]
    labels = {name: make_label(ledger, name) for name in ("work", "rent")}
    life = Life(ledger, members, labels, make_contact(ledger))
    work, rent = (label.pk for label in labels.values())
    make_rule(ledger, note="b", adds=[work])
    more = {"takes": [rent, work], "contact": life.contact, "hides": True, "enabled": False}
    make_rule(ledger, note="c", appends=True, **more)
    return life


@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate, Phase.shrink],
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(acts, min_size=6, max_size=16))
def test_what_people_wrote_last_stands(db: None, done: list[Any]) -> None:
    life = new_life()
    life.do_import(0)

    for what, who, *how in done:
        getattr(life, f"do_{what}")(who, *how)
        life.check()
    for batch in life.batches():
        undo(batch, None, keep=False)
    life.do_import(0)
    life.check()
