"""An import that is undone, and undone again: no work of a person is lost."""

from datetime import timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from imports.models import ImportBatch, SourceLine
from imports.pipeline.undo import KEPT_FOR, forget, redo, undo, work_on
from ledgers.models import Ledger, User
from live.writers import Way, writing
from tests.factories import NOON, make_contact, make_label, make_pair, make_transaction, make_wallet
from tests.formats.test_koinly_export import HEADER
from tests.imports.helpers import run
from tests.imports.test_own_export import written
from tests.imports.uploads import KOINLY, koinly
from transactions.actions.deleting import delete
from transactions.models import Transaction, TransferPair

pytestmark = pytest.mark.django_db


def imported(ledger: Ledger, text: str, **kw: Any) -> ImportBatch:
    return ImportBatch.objects.get(pk=run(ledger, text, **kw).batch)


def amounts(ledger: Ledger) -> list[str]:
    rows = ledger.transactions.alive().order_by("occurred_at", "pk")
    return [f"{row.received_amount:f}" for row in rows]


def worked_on(ledger: Ledger, user: User) -> Transaction:
    """The first row, with everything that a person can do to it."""
    row = ledger.transactions.alive().earliest("occurred_at", "pk")
    values = {"note": "rent", "contact": make_contact(ledger, "Maria"), "type": "gift"}
    Transaction.objects.write(row.pk, expected_version=row.version, by=user, **values)
    row.relabel(add=[make_label(ledger, "home").pk], remove=[])
    return row


def work(row: Transaction) -> tuple[Any, ...]:
    labels = [label.name for label in row.labels.all()]
    return row.note, str(row.contact), row.type, labels, str(row.edited_by)


WORK = ("rent", "Maria", "gift", ["home"], "ana")


def test_undone_its_rows_are_gone_and_come_back(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, koinly(1, 2))

    assert undo(batch, user, keep=False) == 2
    assert amounts(ledger) == []
    assert not ledger.transactions.deleted().exists()
    assert undo(batch, user, keep=False) == 0
    assert redo(batch, None) == 2
    assert redo(batch, None) == 0
    assert amounts(ledger) == ["1", "2"]
    assert not ledger.transactions.filter(edited_at__isnull=False).exists()


@pytest.mark.parametrize("keep", [False, True])
def test_label_of_the_file_that_somebody_took_off_stays_off(
    ledger: Ledger, user: User, keep: bool
) -> None:
    text = (
        KOINLY + "2024-03-01 10:00:00,,,1,BTC,,,,,rent,,\n2024-03-01 10:01:00,,,2,BTC,,,,,rent,,\n"
    )
    batch = imported(ledger, text)
    first, _second = ledger.transactions.order_by("pk")
    with writing(Way.PAGE, user):
        first.relabel(add=[], remove=[first.labels.get().pk])
    assert work_on(batch).rows == 1

    undo(batch, user, keep)
    ImportBatch.objects.update(undone_at=NOON - 2 * KEPT_FOR)
    forget()
    imported(ledger, text)

    rows = ledger.transactions.alive().order_by("received_amount")
    assert [[str(label) for label in row.labels.all()] for row in rows] == [[], ["rent"]]
    assert rows.filter(pk=first.pk).exists() is keep


def test_rows_go_and_come_back_some_at_a_time(
    ledger: Ledger, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.pipeline.undo.SLICE", 2)
    batch = imported(ledger, koinly(1, 2, 3, 4, 5))
    told: list[float] = []

    assert undo(batch, user, keep=False, progress=told.append) == 5
    assert redo(batch, None, told.append) == 5

    assert told == [0, 1 / 3, 2 / 3] * 2
    assert amounts(ledger) == ["1", "2", "3", "4", "5"]


def test_work_is_said_before(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, koinly(1, 2, 3))
    worked_on(ledger, user)

    found = work_on(batch)

    assert (found.rows, found.labelled, found.noted, found.named) == (1, 1, 1, 1)
    assert found.by == ["ana"]


def test_rows_that_were_worked_on_stay_where_asked(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, koinly(1, 2))
    worked_on(ledger, user)

    undo(batch, user, keep=True)

    assert amounts(ledger) == ["1"]
    assert counted(imported(ledger, koinly(1, 2))) == (1, 1)
    assert amounts(ledger) == ["1", "2"]


def counted(batch: ImportBatch) -> tuple[int, int]:
    return batch.imported, batch.duplicates


def test_work_comes_back_when_the_lines_do(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, koinly(1, 2))
    worked_on(ledger, user)
    undo(batch, user, keep=False)

    again = imported(ledger, koinly(1, 2))

    assert counted(again) == (2, 0)
    first, second = ledger.transactions.alive().order_by("occurred_at")
    assert work(first) == WORK
    assert second.edited_at is None
    assert Transaction.objects.count() == SourceLine.objects.count() == 2
    assert redo(batch, None) == 0
    undo(again, user, keep=False)
    imported(ledger, koinly(1, 2))
    assert work(ledger.transactions.alive().earliest("occurred_at")) == WORK


def paired(ledger: Ledger) -> TransferPair:
    """The first row as the received end of a transfer."""
    row = ledger.transactions.alive().earliest("occurred_at", "pk")
    amount = f"{row.received_amount:f}", row.received_asset
    wallet = make_wallet(ledger, "Elsewhere")
    return make_pair(ledger, make_transaction(ledger, sent=amount, wallet=wallet), row)


def test_transfer_counts_again_when_its_lines_or_the_import_come_back(
    ledger: Ledger, user: User
) -> None:
    batch = imported(ledger, koinly(1, 2))
    pair = paired(ledger)
    assert (work_on(batch).rows, work_on(batch).paired) == (1, 1)

    undo(batch, user, keep=False)
    assert not ledger.transfers.standing().exists()
    redo(batch, None)
    assert ledger.transfers.standing().get() == pair
    undo(batch, user, keep=False)
    imported(ledger, koinly(1, 2))

    assert ledger.transfers.standing().get() == pair
    assert Transaction.objects.count() == 3


def test_transfer_keeps_its_row_where_asked_and_in_the_long_run(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, koinly(1, 2))
    pair = paired(ledger)

    undo(batch, user, keep=True)
    assert ledger.transfers.standing().get() == pair
    undo(later := imported(ledger, koinly(2)), user, keep=False)
    ImportBatch.objects.filter(pk=later.pk).update(undone_at=NOON - 2 * KEPT_FOR)
    forget()

    assert ledger.transfers.standing().get() == pair


def test_lines_that_come_back_are_read_anew(ledger: Ledger, user: User) -> None:
    text = koinly(1).replace(" UTC", "")
    batch = imported(ledger, text)
    before = ledger.transactions.get().occurred_at
    undo(batch, user, keep=False)

    imported(ledger, text, options={"zone": ZoneInfo("Europe/Berlin")})

    assert (before - ledger.transactions.get().occurred_at).total_seconds() == 3600


def test_rows_of_a_later_file_stay_with_it(ledger: Ledger, user: User) -> None:
    first = imported(ledger, koinly(1, 2, 3))
    later = imported(ledger, koinly(1, 2))

    undo(first, user, keep=False)

    assert amounts(ledger) == ["1", "2"]
    assert {row.batch for row in ledger.transactions.alive()} == {later}
    assert redo(first, None) == 1
    assert amounts(ledger) == ["1", "2", "3"]


def test_what_a_person_deleted_stays_deleted(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, koinly(1, 2))
    row = ledger.transactions.earliest("occurred_at")
    Transaction.objects.filter(pk=row.pk).update(deleted_at=timezone.now(), edited_by=user)

    undo(batch, user, keep=False)
    assert counted(imported(ledger, koinly(1, 2))) == (1, 1)

    assert amounts(ledger) == ["2"]
    assert ledger.transactions.deleted().count() == 1


def test_after_a_month_only_work_is_kept(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, koinly(1, 2))
    worked_on(ledger, user)
    undo(batch, user, keep=False)

    forget()
    assert Transaction.objects.count() == 2
    ImportBatch.objects.update(undone_at=timezone.now() - 2 * KEPT_FOR)
    forget()

    assert Transaction.objects.count() == 1
    imported(ledger, koinly(1, 2))
    assert amounts(ledger) == ["1", "2"]
    assert work(ledger.transactions.alive().earliest("occurred_at")) == WORK


def test_labels_of_the_file_are_no_work_of_a_person(
    ledger: Ledger, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = timezone.now() + timedelta(hours=1)
    with monkeypatch.context() as patch:  # the clock of a worker on another machine
        patch.setattr(timezone, "now", lambda: late)
        batch = imported(ledger, koinly(1, 2).replace(",,,,,,,", ",,,,,rent,,"))
    assert ledger.labels.filter(name="rent").exists()
    assert work_on(batch).rows == 0

    ledger.transactions.earliest("occurred_at").relabel(
        add=[make_label(ledger, "home").pk], remove=[]
    )

    assert (work_on(batch).rows, work_on(batch).labelled) == (1, 1)


TRANSFER = (
    f"{HEADER}\nA7,,2024-03-01 10:00:00,transfer,,Kraken,,1,BTC,Cold,,1,BTC,1,BNB,,,,,,f00d,\n"
)

KRAKEN = "txid,refid,time,type,subtype,aclass,asset,wallet,amount,fee,balance\n"
SOLD = "L1,T1,2024-03-01 10:00:00,trade,,currency,ZEUR,spot / main,-100,0,0\n"
BOUGHT = "L2,T1,2024-03-01 10:00:00,trade,,currency,XXBT,spot / main,0.002,0,0.002\n"


def test_rows_of_an_earlier_version_find_the_row_of_their_line(ledger: Ledger) -> None:
    run(ledger, TRANSFER, wallet="")
    left, arrived = ledger.transactions.order_by("pk")
    run(ledger, koinly(1))
    ledger.transactions.update(parent=None)
    before = dict(ledger.transactions.values_list("pk", "version"))

    with connection.cursor() as cursor:
        cursor.execute(import_module("transactions.migrations.0027_parent").FOUND)

    assert ledger.transactions.exclude(parent=None).get() == arrived
    arrived.refresh_from_db()
    assert arrived.parent == left
    assert dict(ledger.transactions.values_list("pk", "version")) == before


def test_notes_of_two_rows_that_come_back_as_one_are_both_kept(ledger: Ledger, user: User) -> None:
    """Two legs of a swap came in two files; then in one."""
    first, second = imported(ledger, KRAKEN + SOLD), imported(ledger, KRAKEN + BOUGHT)
    for row, note in zip(ledger.transactions.order_by("pk"), ("one", "two"), strict=True):
        Transaction.objects.write(row.pk, expected_version=row.version, by=user, note=note)
    undo(first, user, keep=False)
    undo(second, user, keep=False)

    run(ledger, KRAKEN + SOLD + BOUGHT)

    assert ledger.transactions.get().note == "one\ntwo"


@pytest.mark.parametrize("back", ["first", "second"])
def test_row_stands_as_long_as_an_import_that_has_its_line(
    ledger: Ledger, user: User, back: str
) -> None:
    first, second = imported(ledger, koinly(1, 2)), imported(ledger, koinly(1, 2))
    undo(first, user, keep=False)
    undo(second, user, keep=False)
    assert amounts(ledger) == []

    assert redo(first if back == "first" else second, None) == 2

    assert amounts(ledger) == ["1", "2"]


def test_import_that_came_back_keeps_its_rows_when_another_goes(ledger: Ledger, user: User) -> None:
    first, second = imported(ledger, koinly(1, 2)), imported(ledger, koinly(1, 2))
    undo(first, user, keep=False)
    assert redo(first, None) == 0

    undo(second, user, keep=False)

    assert amounts(ledger) == ["1", "2"]


def test_import_that_was_imported_again_and_came_back_keeps_its_rows(
    ledger: Ledger, user: User
) -> None:
    first = imported(ledger, koinly(1, 2))
    undo(first, user, keep=False)
    again = imported(ledger, koinly(1, 2))
    assert redo(first, None) == 0

    undo(again, user, keep=False)

    assert amounts(ledger) == ["1", "2"]


def test_rows_of_one_line_go_and_come_together(ledger: Ledger, user: User) -> None:
    first, second = (imported(ledger, TRANSFER, wallet="") for _n in range(2))
    undo(first, user, keep=False)
    assert amounts_moved(ledger) == ["-1", "1"]

    undo(second, user, keep=False)
    third = imported(ledger, TRANSFER, wallet="")
    redo(first, None)
    undo(third, user, keep=False)

    assert amounts_moved(ledger) == ["-1", "1"]
    assert ledger.transactions.count() == 2


def amounts_moved(ledger: Ledger) -> list[str]:
    rows = ledger.transactions.alive().order_by("pk")
    return [f"{(row.received_amount or 0) - (row.sent_amount or 0):f}" for row in rows]


@pytest.mark.parametrize("place", [0, 1])
def test_work_on_either_row_of_a_line_keeps_both(ledger: Ledger, user: User, place: int) -> None:
    batch = imported(ledger, TRANSFER, wallet="")
    row = ledger.transactions.order_by("pk")[place]
    Transaction.objects.write(row.pk, expected_version=row.version, by=user, note="mine")

    undo(batch, user, keep=True)

    assert amounts_moved(ledger) == ["-1", "1"]
    ImportBatch.objects.update(undone_at=NOON - 2 * KEPT_FOR)
    forget()
    assert imported(ledger, TRANSFER, wallet="").transactions == 0


@pytest.mark.parametrize("place", [0, 1])
def test_row_of_a_line_that_a_person_deleted_stays_so(
    ledger: Ledger, user: User, place: int
) -> None:
    batch = imported(ledger, TRANSFER, wallet="")
    row = ledger.transactions.order_by("pk")[place]
    delete(row, user)
    undo(batch, user, keep=False)

    imported(ledger, TRANSFER, wallet="")

    stays = [["1"], ["-1"]][place]
    assert amounts_moved(ledger) == stays
    assert ledger.transactions.count() == 2
    again = ledger.batches.latest("pk")
    undo(again, user, keep=False)
    assert amounts_moved(ledger) == []
    redo(again, None)
    assert amounts_moved(ledger) == stays
    redo(batch, None)
    undo(again, user, keep=False)
    assert amounts_moved(ledger) == stays


def test_other_row_of_a_line_comes_back_with_its_import(ledger: Ledger, user: User) -> None:
    batch = imported(ledger, TRANSFER, wallet="")
    delete(ledger.transactions.earliest("pk"), user)

    undo(batch, user, keep=False)
    assert amounts_moved(ledger) == []
    assert redo(batch, None) == 1

    assert amounts_moved(ledger) == ["1"]


def test_our_own_export_of_an_undone_import_brings_each_row_back(
    ledger: Ledger, user: User
) -> None:
    batch = imported(ledger, TRANSFER, wallet="")
    for row, note in zip(ledger.transactions.order_by("pk"), ("left", "came"), strict=True):
        Transaction.objects.write(row.pk, expected_version=row.version, by=user, note=note)
    ledger.transactions.earliest("pk").relabel(add=[make_label(ledger, "home").pk], remove=[])
    export = written(ledger)
    undo(batch, user, keep=False)

    run(ledger, export, wallet="")

    assert amounts_moved(ledger) == ["-1", "1"]
    rows = ledger.transactions.order_by("pk")
    assert [row.note for row in rows] == ["left", "came"]
    told = set(ledger.history.filter(writer="ana").values_list("object_id", flat=True))
    assert told == {row.pk for row in rows}


def test_second_row_that_a_line_has_no_longer_leaves_its_note_to_the_first(
    ledger: Ledger, user: User
) -> None:
    batch = imported(ledger, TRANSFER, wallet="")
    _left, arrived = ledger.transactions.order_by("pk")
    values = {"note": "mine", "type": "gift"}
    Transaction.objects.write(arrived.pk, expected_version=arrived.version, by=user, **values)
    undo(batch, user, keep=False)

    run(ledger, TRANSFER.replace(",Cold,,1,BTC", ",,,,"), wallet="")

    row = ledger.transactions.get()
    assert (row.note, row.received_amount) == ("mine", None)
    assert row.type != "gift"
