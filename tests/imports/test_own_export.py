"""What is exported and imported again is the same, and known where it came from."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from formats.parsing.records import ImportFailed
from imports.models import ImportBatch
from imports.pipeline.checking import no_progress
from imports.pipeline.importer import Import
from imports.pipeline.preview import preview_file
from imports.pipeline.undo import redo, undo
from imports.uploads.archives import unpacked
from imports.uploads.blocks import opened, store
from ledgers.models import Ledger
from tests.books import FILES, files, fill, owners, rows
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
)
from tests.imports.helpers import counts, run
from transactions.models import Transaction
from transactions.queries.export import WRITERS, rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
KINDS = ("csv", "jsonl", "xlsx")
# Where a row stands in the file that brought it here: another file brings it elsewhere.
PLACE = ("Ledger", "Source File", "Source Format", "Source Lines")
by_chance = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
    # To shrink an example takes minutes, with three files of each.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def all_of(ledger: Ledger) -> Any:
    return ledger.transactions.alive().order_by("occurred_at", "pk")


def written(ledger: Ledger, kind: str = "csv") -> bytes:
    pieces = WRITERS[kind][0](all_of(ledger), False)
    return b"".join(each if isinstance(each, bytes) else each.encode() for each in pieces)


def readable(ledger: Ledger, data: bytes) -> bytes:
    """Of a workbook, what an upload makes of it."""
    if not data.startswith(b"PK"):
        return data
    (sheet,) = unpacked(store(ledger, None, "export.xlsx", [data], 1 << 24), no_progress)
    with opened(sheet) as file:
        return file.read()


def shown(ledger: Ledger) -> list[dict[str, Any]]:
    """Every exported field of every row."""
    found = [
        {name: row[name] for name in row if name not in PLACE} for row in rows_of(all_of(ledger))
    ]
    return sorted(found, key=lambda row: (row["Date"], row["Source Keys"]))


def again(ledger: Ledger, data: bytes) -> Any:
    result = run(ledger, data, wallet="", create_wallet=False)
    assert [*result.errors, *result.skipped, *result.remarks] == []
    return result


@pytest.mark.slow
@by_chance
@given(made=st.lists(rows, max_size=5), owned=owners, some=files)
def test_whatever_is_exported_is_imported_the_same(
    db: None, made: list[dict[str, Any]], owned: dict[str, str], some: set[str]
) -> None:
    ledger = make_ledger()
    fill(ledger, made, owned, some)
    before = shown(ledger)
    assume(before)  # JSON Lines of no rows are an empty file

    for kind in KINDS:
        data, empty = written(ledger, kind), make_ledger()
        assert again(ledger, readable(ledger, data)).imported == 0
        assert again(empty, readable(empty, data)).imported == len(before)

        assert shown(ledger) == before
        assert shown(empty) == before
        assert again(empty, readable(empty, written(empty, kind))).imported == 0
        for wallet in some:
            assert run(empty, FILES[wallet], wallet=wallet).imported == 0


# Of two lines.
TRADE = FILES["Kraken"].replace(",0.02,", ",0,")


@pytest.fixture
def other(db: None) -> Ledger:
    """With a row of each of two wallets, one of them by hand."""
    ledger = make_ledger()
    run(ledger, TRADE, wallet="Kraken")
    cold = make_wallet(ledger, "Cold", kind="chain")
    address = make_address(ledger, contact=make_contact(ledger, "Maria"))
    make_transaction(ledger, wallet=cold, note="by hand", counterparty=address, hidden=True)
    return ledger


def batch_of(result: Any) -> ImportBatch:
    return ImportBatch.objects.get(pk=result.batch)


def test_document_of_json_has_no_marks_of_what_is_no_formula(ledger: Ledger) -> None:
    make_transaction(ledger, note="'=1+1")
    rows = [json.loads(line) for line in written(ledger, "jsonl").splitlines()]

    for data in (written(ledger, "jsonl"), json.dumps([*rows, *rows]).encode()):
        target = make_ledger()
        run(target, data, wallet="")
        assert {row.note for row in target.transactions.alive()} == {"'=1+1"}


def test_wallets_are_made_as_they_were(ledger: Ledger, other: Ledger) -> None:
    batch = batch_of(again(ledger, written(other)))

    made = ledger.wallets.order_by("name").values_list("name", "kind")
    assert list(made) == [("Cold", "chain"), ("Kraken", "exchange")]
    assert batch.wallet is None
    assert batch.rows.count() == 2


def test_rows_of_one_wallet_are_an_import_of_it(ledger: Ledger, other: Ledger) -> None:
    other.transactions.filter(wallet__name="Kraken").delete()

    batch = batch_of(again(ledger, written(other)))

    assert batch.wallet == ledger.wallets.get(name="Cold")


def test_wallet_that_is_named_besides_is_refused(ledger: Ledger, other: Ledger) -> None:
    with pytest.raises(ImportFailed, match="name their wallets: leave out the wallet “Main”"):
        run(ledger, written(other), wallet="Main")
    with pytest.raises(ImportFailed, match="leave out the wallet"):
        preview_file(Import(ledger, "Main"), io.BytesIO(written(other)), "export.csv")

    assert not ledger.wallets.exists()


def test_file_that_names_none_asks_for_it(ledger: Ledger) -> None:
    with pytest.raises(ImportFailed, match="does not say which wallet"):
        run(ledger, TRADE, wallet="")


def test_preview_names_the_wallets_and_how_many_rows_each_gets(
    ledger: Ledger, other: Ledger
) -> None:
    make_wallet(ledger, "kraken")

    found = preview_file(Import(ledger, ""), io.BytesIO(written(other)), "export.csv").found

    assert found["wallets"] == [
        {"name": "Cold", "rows": 1, "new": True},
        {"name": "Kraken", "rows": 1, "new": False},
    ]
    assert (found["new"], found["known"], found["transactions"]) == (2, 0, 2)
    assert ledger.wallets.count() == 1
    again(ledger, written(other))
    found = preview_file(Import(ledger, ""), io.BytesIO(written(other)), "export.csv").found
    assert (found["new"], found["known"], found["wallets"]) == (0, 2, [])


def test_balance_is_of_all_its_wallets(ledger: Ledger, other: Ledger) -> None:
    cold = make_wallet(ledger, "Cold")
    make_transaction(ledger, wallet=cold, received=("5", "ETH"))
    make_transaction(ledger, wallet=make_wallet(ledger, "elsewhere"), received=("7", "ETH"))

    found = preview_file(Import(ledger, ""), io.BytesIO(written(other)), "export.csv").found

    (ether,) = (asset for asset in found["assets"] if asset["symbol"] == "ETH")
    assert (ether["received"], ether["after"]) == ("1", "6")


def test_deleted_row_stays_deleted_unless_it_is_asked_for(ledger: Ledger, other: Ledger) -> None:
    data = written(other)
    again(ledger, data)
    for books in (ledger, other):
        Transaction.objects.filter(ledger=books).update(deleted_at="2026-01-01T00:00Z")

        assert counts(again(books, data)) == (2, 0, 2, 0, 0, 0)
        assert not books.transactions.alive().exists()
        result = run(books, data, wallet="", restore_deleted=True)
        assert (result.restored, books.transactions.alive().count()) == (2, 2)


def test_row_that_somebody_adds_or_doubles(ledger: Ledger, other: Ledger) -> None:
    header, *lines = written(other).decode().splitlines()
    mine = [line.rsplit(",", 2)[0] + ",," for line in lines]

    result = run(ledger, "\n".join([header, *lines, *lines, *mine, mine[0], ""]), wallet="")

    assert counts(result) == (7, 5, 2, 0, 0, 5)
    assert run(ledger, "\n".join([header, *mine, ""]), wallet="").imported == 0


def test_row_that_is_here_is_known_as_often_as_the_file_has_it(other: Ledger) -> None:
    header, *lines = written(other).decode().splitlines()

    result = run(other, "\n".join([header, *lines, *lines, ""]), wallet="")

    assert result.imported == 0
    assert other.transactions.count() == len(lines)


def test_undone_and_back_with_what_people_wrote(ledger: Ledger, other: Ledger) -> None:
    data = written(other)
    batch = batch_of(again(ledger, data))
    row = ledger.transactions.get(note="by hand")
    row.relabel(add=[make_label(ledger, "mine").pk], remove=[])

    assert undo(batch, None, keep=False) == 2
    assert not ledger.transactions.alive().exists()
    assert again(ledger, data).imported == 2

    assert [label.name for label in ledger.transactions.alive().get(note="by hand").labels.all()]
    assert redo(batch, None) == 0
    assert ledger.transactions.alive().count() == 2


def test_rows_that_another_import_has_too_stay_when_one_is_undone(
    ledger: Ledger, other: Ledger
) -> None:
    first = batch_of(run(ledger, TRADE, wallet="Kraken"))
    second = batch_of(again(ledger, written(other)))
    third = batch_of(run(ledger, TRADE + "\n", wallet="Kraken"))

    assert undo(first, None, keep=False) == 0
    assert undo(second, None, keep=False) == 1

    (row,) = ledger.transactions.alive()
    assert row.batch == third


def test_address_that_is_somebodys_here_stays_so_and_is_told(ledger: Ledger, other: Ledger) -> None:
    shown_at = other.addresses.get().shown
    make_address(ledger, shown_at, contact=make_contact(ledger, "Ben"))

    result = run(ledger, written(other), wallet="")

    (remark,) = result.remarks
    assert (remark.written, remark.read) == ("Maria", "Ben")
    assert ledger.addresses.get().contact.name == "Ben"


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("Wallet", "", "the cell is empty"),
        ("Wallet", "x" * 201, "at most 200"),
        ("Wallet Kind", "bank", "none of chain, exchange, other"),
        ("Type", "sale", "“sale” is none of"),
        ("Status", "failed", "moved nothing but its fee"),
        ("Hidden", "maybe", "neither yes nor no"),
        ("Counterparty", "0x12", "address"),
        ("Labels", '"a', "no names"),
        ("Labels", "a;;b", "no names"),
        ("Labels", "x" * 101, "more than 100"),
        ("Labels", '["a\\u0000"]', "no names"),
        ("Labels", '["\\ud800"]', "no names"),
        ("Labels", "[" * 100_000, "no names"),
        ("Group", "x" * 1001, "at most 1000"),
        ("Source Families", '["\\u0000"]', "no words"),
        ("Source Keys", "[" * 100_000, "no words"),
        ("Source Keys", "00", "not 64 digits"),
        ("Source Keys", "", "not one key for each family"),
        ("Received Amount", "", "a currency, but no amount"),
        ("Received Currency", "", "an amount, but no currency"),
        ("Received Currency", "x" * 201, "at most 200"),
        ("Received Contract", "0x1", "not chain:contract"),
        ("Received Contract", f"ethereum:{'x' * 300}", "at most 251"),
        ("Net Worth Amount", "5", "come together"),
    ],
)
def test_cell_that_no_export_has_is_named(
    ledger: Ledger, column: str, text: str, reason: str
) -> None:
    make_transaction(ledger)
    (row,) = csv.DictReader(io.StringIO(written(ledger).decode(), newline=""))
    target = io.StringIO()
    writer = csv.DictWriter(target, row)
    writer.writeheader()
    writer.writerow(row | {column: text})

    (error,) = run(make_ledger(), target.getvalue(), wallet="").errors

    assert error.column in (column, "Status", "Received Amount")
    assert reason in error.message


def test_rows_that_only_an_import_of_several_wallets_has_too_stay(
    ledger: Ledger, other: Ledger
) -> None:
    first = batch_of(run(ledger, TRADE, wallet="Kraken"))
    second = batch_of(again(ledger, written(other)))

    assert undo(first, None, keep=False) == 0

    assert {row.batch for row in ledger.transactions.alive()} == {second}


def test_type_stays_where_the_other_side_is_an_own_wallet_here(
    ledger: Ledger, other: Ledger
) -> None:
    """A source's deposit from an own address is a transfer; ours has been looked at."""
    make_address(ledger, other.addresses.get().shown, wallet=make_wallet(ledger))

    run(ledger, written(other), wallet="")

    assert ledger.transactions.get(note="by hand").type == "deposit"
