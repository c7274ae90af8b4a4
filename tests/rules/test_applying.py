"""What rules write, and what they leave alone."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from history.actions import Conflicts
from history.models import Entry
from imports.models import ImportBatch
from imports.pipeline.importer import Import, import_file
from imports.pipeline.undo import undo
from ledgers.models import Ledger, Membership, Role, User
from live.feed import listener_conninfo
from live.writers import Way, writing
from rules.actions import acting, apply, take_back
from rules.models import Effect, Rule
from rules.queries import plan
from tests.factories import (
    UPLOADED,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_rule,
    make_transaction,
    make_user,
    make_wallet,
)
from tests.live.helpers import is_waited_for
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = ("type", "contact", "hidden", "note")


def imported(ledger: Ledger, **kw: Any) -> Transaction:
    with writing(Way.IMPORT):
        return make_transaction(ledger, **kw)


def run(*rules: Rule, by: User | None = None) -> list[int]:
    with transaction.atomic(), acting(by):
        return [apply(Rule.objects.get(pk=rule.pk), by) for rule in rules]


def state(tx: Transaction) -> dict[str, Any]:
    tx = Transaction.objects.get(pk=tx.pk)
    return {name: getattr(tx, name) for name in FIELDS} | {"labels": set(tx.labels.all())}


def person(ledger: Ledger, tx: Transaction, **values: Any) -> None:
    """Writes by hand."""
    with writing(Way.PAGE, ledger.members.get(username="ana")):
        row = Transaction.objects.get(pk=tx.pk)
        by = ledger.members.get(username="ana")
        Transaction.objects.write(row.pk, expected_version=row.version, by=by, **values)


def everything(ledger: Ledger, **kw: Any) -> Rule:
    adds, takes = make_label(ledger, "rent"), make_label(ledger, "old")
    does = {"adds": [adds.pk], "takes": [takes.pk], "contact": make_contact(ledger, "Maria")}
    return make_rule(ledger, type="gift", hides=True, note="100 % 'mine'", **does, **kw)


def test_rule_writes_all_that_it_says_on_what_fits(ledger: Ledger, user: User) -> None:
    rule = everything(ledger, query="asset=ETH")
    fits, other = imported(ledger), imported(ledger, received=("1", "BTC"))
    fits.labels.clear()
    before = state(other)
    with writing(Way.IMPORT):
        moment = {"ledger": ledger, "added_at": fits.created_at}
        fits.labels.add(*ledger.labels.filter(name="old"), through_defaults=moment)

    would = plan(rule).first(5)
    changed = run(rule, by=user)

    now = state(fits)
    assert changed == [1]
    assert [(row["id"], row["new_type"], row["new_hidden"]) for row in would] == [
        (fits.pk, "gift", True)
    ]
    assert (now["type"], now["hidden"], now["note"]) == ("gift", True, "100 % 'mine'")
    assert now["contact"].name == "Maria"
    assert {label.name for label in now["labels"]} == {"rent"}
    assert state(other) == before
    entries = Entry.objects.filter(object_id=fits.pk, way="rule")
    assert {(entry.writer, entry.act) for entry in entries} == {("ana", Effect.objects.get().act)}
    assert (plan(rule).count(9), run(rule)) == (0, [0])


def test_rule_raises_versions_and_edits_nothing(ledger: Ledger) -> None:
    tx = imported(ledger)

    run(make_rule(ledger))

    row = Transaction.objects.get(pk=tx.pk)
    assert (row.version, row.edited_at, row.edited_by) == (tx.version + 1, None, None)


@pytest.mark.parametrize(("field", "value"), [
    ("type", "income"), ("contact", "Paul"), ("hidden", True), ("note", "by hand"),
])  # fmt: skip
def test_field_that_a_person_has_written_stays(ledger: Ledger, field: str, value: Any) -> None:
    """Even if it is back to what it was."""
    rule, tx, again = everything(ledger, query="hidden=all"), imported(ledger), imported(ledger)
    written = make_contact(ledger, "Paul") if field == "contact" else value
    was = getattr(again, field)
    person(ledger, tx, **{field: written})
    person(ledger, again, **{field: written})
    person(ledger, again, **{field: was})

    run(rule)

    assert (state(tx)[field], state(again)[field]) == (written, was)
    others = {name: value for name, value in state(tx).items() if name != field}
    assert all(others.values())


@pytest.mark.parametrize("way", [Way.BULK, Way.ADMIN, Way.COMMAND, Way.SQL, Way.UNDO, Way.REVERT])
def test_whatever_way_a_person_took_counts(ledger: Ledger, way: Way) -> None:
    tx, rule = imported(ledger), make_rule(ledger)
    with writing(way):
        Transaction.objects.update(note="x")

    run(rule)

    assert state(tx)["note"] == "x"


def test_labels_that_a_person_has_put_on_or_taken_off_stay_so(ledger: Ledger) -> None:
    rent, old = make_label(ledger, "rent"), make_label(ledger, "old")
    rule = make_rule(ledger, note="", adds=[rent.pk], takes=[old.pk])
    tx = imported(ledger)
    tx.relabel(add=[rent.pk, old.pk], remove=())
    tx.relabel(add=(), remove=[rent.pk])

    assert run(rule) == [0]
    assert state(tx)["labels"] == {old}


def test_row_by_hand_was_written_as_far_as_it_was_filled(ledger: Ledger) -> None:
    """What was left empty may be filled."""
    tx, rule = make_transaction(ledger), everything(ledger)

    run(rule)

    now = state(tx)
    assert (now["type"], now["note"], now["hidden"]) == ("deposit", rule.note, True)


def test_row_that_was_edited_before_its_history_began_stays(ledger: Ledger) -> None:
    tx = imported(ledger, note="old", edited_at=datetime(2020, 1, 1, tzinfo=UTC))

    assert run(everything(ledger)) == [0]
    assert state(tx)["note"] == "old"


def test_later_rule_stands_and_is_not_undone_by_an_earlier_one(ledger: Ledger) -> None:
    tx = imported(ledger)
    first = make_rule(ledger, note="", type="gift")
    second = make_rule(ledger, note="", type="income", query="type=gift")

    assert run(first, second) == [1, 1]
    assert state(tx)["type"] == "income"
    assert plan(first).count(9) == 0
    assert run(first, second) == [0, 0]


def test_note_is_added_once(ledger: Ledger) -> None:
    tx = imported(ledger, note="of the file")
    rule = make_rule(ledger, note="tax", appends=True)

    assert run(rule) == [1]
    assert run(rule) == [0]
    assert state(tx)["note"] == "of the file\ntax"


def test_label_that_a_rule_took_off_may_be_taken_off_again(ledger: Ledger, user: User) -> None:
    rule, tx = everything(ledger, query="hidden=all"), imported(ledger)
    (old,) = ledger.labels.filter(pk__in=rule.takes)
    with writing(Way.IMPORT):
        tx.labels.add(old, through_defaults={"ledger": ledger, "added_at": tx.created_at})
    member = Membership.objects.get(ledger=ledger, user=user)
    before = state(tx)

    run(rule)
    done = state(tx)
    take_back(Effect.objects.get(), member, others=False)
    back = state(tx)
    run(rule)

    assert old not in done["labels"]
    assert (back, state(tx)) == (before, done)


def test_rule_is_taken_back_as_one_act_and_may_do_it_again(ledger: Ledger, user: User) -> None:
    member = ledger.memberships.get(user=user)
    rows, rule = [imported(ledger) for _ in range(3)], everything(ledger, query="hidden=all")
    other = make_rule(ledger, note="", type="income", place=0)
    before = [state(tx) for tx in rows]
    run(other, rule)
    effect = Effect.objects.get(rule=rule)

    n = take_back(effect, member, others=False)

    assert n == Entry.objects.filter(act=effect.act, at=effect.at).count()
    assert [state(tx) for tx in rows] == [each | {"type": "income"} for each in before]
    assert run(rule) == [3]


def test_what_somebody_has_written_since_is_not_taken_back(ledger: Ledger, user: User) -> None:
    member = ledger.memberships.get(user=user)
    one, two = imported(ledger), imported(ledger)
    run(make_rule(ledger))
    person(ledger, one, note="mine")

    with pytest.raises(Conflicts):
        take_back(Effect.objects.get(), member, others=False)
    take_back(Effect.objects.get(), member, others=True)

    assert (state(one)["note"], state(two)["note"]) == ("mine", "")


def test_entry_that_was_taken_back_alone_is_left_by_the_rule(
    client: Client, ledger: Ledger
) -> None:
    tx, rule = imported(ledger), make_rule(ledger)
    run(rule)
    client.post(reverse("entry_reverted", args=[ledger.slug, Entry.objects.latest("pk").pk]))

    assert run(rule) == [0]
    assert state(tx)["note"] == ""


def test_what_is_written_in_the_very_moment_stays(ledger: Ledger) -> None:
    """The rule has seen the row as it was, and waits for whoever edits it."""
    tx, rule = imported(ledger), make_rule(ledger, type="gift")
    edit = "UPDATE transactions_transaction SET note = 'by hand' WHERE id = %s"

    def applied() -> list[int]:
        try:
            return run(rule)
        finally:
            connections.close_all()

    with psycopg.connect(listener_conninfo()) as other, ThreadPoolExecutor(1) as pool:
        other.execute(edit, [tx.pk])
        running = pool.submit(applied)
        while not is_waited_for(other):
            assert not running.done()
            wait([running], timeout=0.01)
        other.commit()
        assert running.result() == [0]

    assert state(tx)["note"] == "by hand"
    assert run(rule) == [1]
    assert (state(tx)["note"], state(tx)["type"]) == ("by hand", "gift")


def test_rows_of_another_ledger_are_not_touched(ledger: Ledger) -> None:
    tx = imported(make_ledger())

    assert run(everything(ledger)) == [0]
    assert state(tx)["note"] == ""


# --- What comes in ---


def brought(ledger: Ledger, user: User | None = None, text: str = UPLOADED) -> ImportBatch:
    result = import_file(Import(ledger, "Kraken", user=user), BytesIO(text.encode()), "export.csv")
    return ImportBatch.objects.get(pk=result.batch)


def test_rules_are_applied_to_what_an_import_brings(ledger: Ledger, user: User) -> None:
    make_wallet(ledger, "Kraken")
    there = imported(ledger, received=("1", "BTC"))
    rule = everything(ledger, query="asset=BTC")
    off = make_rule(ledger, enabled=False)
    gone = make_rule(ledger, note="", adds=[999999])
    lost = make_rule(ledger, query="wallet=999999")
    since = Entry.objects.latest("pk").pk

    batch = brought(ledger, user)

    tx = Transaction.objects.get(batch=batch)
    assert (tx.type, tx.hidden, tx.note) == ("gift", True, rule.note)
    assert (state(there)["note"], tx.edited_at) == ("", None)
    effect = Effect.objects.get()
    assert (effect.rule, effect.batch, effect.by, effect.changed) == (rule, batch, user, 1)
    told = Entry.objects.filter(pk__gt=since)
    assert {(entry.way, entry.act) for entry in told} == {("rule", effect.act)}
    assert not Effect.objects.filter(rule__in=[off, gone, lost]).exists()


def test_import_that_is_undone_takes_no_rule_for_a_person(ledger: Ledger, user: User) -> None:
    make_wallet(ledger, "Kraken")
    everything(ledger)
    batch = brought(ledger)

    undo(batch, user, keep=True)

    assert not ledger.transactions.alive().exists()


def test_lines_that_come_back_get_what_people_wrote_and_then_the_rules(
    ledger: Ledger, user: User
) -> None:
    make_wallet(ledger, "Kraken")
    rule = everything(ledger)
    batch = brought(ledger)
    person(ledger, Transaction.objects.get(), note="by hand", contact=None)
    undo(batch, user, keep=False)

    brought(ledger)

    now = state(Transaction.objects.get())
    assert (now["note"], now["contact"], now["type"]) == ("by hand", None, rule.type)


def test_import_that_is_refused_leaves_nothing_of_its_rules(ledger: Ledger) -> None:
    make_wallet(ledger, "Kraken")
    make_rule(ledger)
    job = Import(ledger, "Kraken", dry_run=True)

    import_file(job, BytesIO(UPLOADED.encode()), "export.csv")

    assert not Effect.objects.exists()


# --- In whatever order ---


@settings(
    max_examples=8,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("note"), st.integers(0, 2), st.sampled_from(["", "a", "b"])),
            st.tuples(st.just("label"), st.integers(0, 2), st.booleans()),
            st.tuples(st.just("rules"), st.just(0), st.none()),
            st.tuples(st.just("back"), st.integers(0, 3), st.none()),
        ),
        min_size=6,
        max_size=14,
    )
)
def test_whatever_rules_do_what_people_wrote_last_stands(db: None, acts: list[Any]) -> None:
    ledger, user = make_ledger(), make_user()
    member: Membership = make_member(ledger, user, Role.OWNER)
    label, rows = make_label(ledger), [imported(ledger) for _ in range(3)]
    rules = [
        make_rule(ledger, note="b", adds=[label.pk]),
        make_rule(ledger, note="c", appends=True, takes=[label.pk], query="type=deposit"),
    ]
    stands: dict[tuple[int, str], Any] = {}

    for what, n, value in acts:
        if what == "rules":
            run(*rules)
        elif what == "back" and n < Effect.objects.filter(ledger=ledger, back_at=None).count():
            effects = Effect.objects.filter(ledger=ledger, back_at=None)
            take_back(effects[n], member, others=True)
        elif what == "note":
            with writing(Way.PAGE, user):
                was = Transaction.objects.get(pk=rows[n].pk).note
                Transaction.objects.filter(pk=rows[n].pk).update(note=value)
            if was != value:
                stands[n, "note"] = value
        elif what == "label":
            had = label in rows[n].labels.all()
            with writing(Way.PAGE, user):
                pks = [label.pk]
                rows[n].relabel(add=pks if value else (), remove=() if value else pks)
            if had != value:
                stands[n, "label"] = value
        for (k, field), written in stands.items():
            now = state(rows[k])
            assert (now["note"] if field == "note" else label in now["labels"]) == written
