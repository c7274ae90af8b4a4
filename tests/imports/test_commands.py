"""The commands beside import_transactions: out, undone, brought back."""

import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from ledgers.models import Ledger
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
)
from tests.imports.helpers import run
from tests.imports.uploads import koinly

pytestmark = pytest.mark.django_db


def said(capsys: Any, *args: Any, **kw: Any) -> str:
    call_command(*args, **kw)
    return str(capsys.readouterr().out).strip()


def refused(*args: Any, **kw: Any) -> tuple[str, int]:
    with pytest.raises(CommandError) as caught:
        call_command(*args, **kw)
    return str(caught.value), caught.value.returncode


def test_listed_transactions_are_written(ledger: Ledger, tmp_path: Path) -> None:
    for note in ("rent", "car"):
        make_transaction(ledger, note=note)
    file = tmp_path / "out.csv"

    call_command("export_transactions", str(file), ledger=ledger.slug, filter="q=rent")

    with file.open(newline="") as opened:
        assert [row["Description"] for row in csv.DictReader(opened)] == ["rent"]


def test_transactions_go_to_the_output(ledger: Ledger, capfdbinary: Any) -> None:
    make_transaction(ledger, note="rent")

    call_command("export_transactions", ledger=ledger.slug, kind="jsonl")

    assert json.loads(capfdbinary.readouterr().out)["description"] == "rent"


@pytest.fixture
def breaks_off(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Exports to where nothing can be written, and hands over how that ended."""
    ledger = make_ledger()
    make_transaction(ledger, note="more than waits in memory " * 1000)

    def ended(number: int, kind: str, command: str = "export_transactions") -> Any:
        options = {"kind": kind} if kind else {}
        if command != "list_formats":
            options["ledger"] = ledger.slug
        with os.fdopen(number, "w") as output, monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", output)
            with pytest.raises((CommandError, SystemExit)) as caught:
                call_command(command, **options)
            with Path(os.devnull).open("w") as nowhere:  # for what waits still
                os.dup2(nowhere.fileno(), output.fileno())
        assert connection.connection.info.transaction_status.name == "IDLE"
        return caught.value

    return ended


KINDS = ["csv", "jsonl", "koinly.csv", "xlsx"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
@pytest.mark.parametrize("kind", KINDS)
def test_full_disk_is_named(breaks_off: Any, kind: str) -> None:
    ended = breaks_off(os.open("/dev/full", os.O_WRONLY), kind)

    assert str(ended).startswith("- cannot be written: No space left on device.")
    assert ended.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
@pytest.mark.parametrize("command", ["export_contacts", "list_formats"])
def test_full_disk_is_named_however_little_is_written(breaks_off: Any, command: str) -> None:
    """What waits in memory until the end is written before it."""
    ended = breaks_off(os.open("/dev/full", os.O_WRONLY), "", command)

    assert str(ended).startswith("- cannot be written: No space left on device.")
    assert ended.returncode == 2


@pytest.mark.parametrize("kind", KINDS)
def test_reader_that_has_seen_enough_is_told_nothing(breaks_off: Any, kind: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    ended = breaks_off(writer, kind)

    assert isinstance(ended, SystemExit)
    assert ended.code == 2


def test_filter_that_is_not_understood_is_refused(ledger: Ledger) -> None:
    text, status = refused("export_transactions", ledger=ledger.slug, filter="since=yesterday")

    assert text.startswith("since: ")
    assert status == 2


@pytest.mark.parametrize("keeps", [True, False])
def test_file_is_kept_where_the_ledger_keeps_files(
    ledger: Ledger, client: Client, tmp_path: Path, keeps: bool
) -> None:
    Ledger.objects.update(keeps_files=keeps)
    file = tmp_path / "may.csv"
    file.write_text(koinly(1, 2))
    import_file = ("import_transactions", str(file))

    call_command(*import_file, ledger=ledger.slug, wallet="Kraken", create_wallet=True)

    answer = client.get(f"/{ledger.slug}/imports/{ledger.batches.get().pk}/file/")
    assert answer.status_code == (200 if keeps else 404)
    assert not keeps or answer.getvalue() == file.read_bytes()


def test_import_is_undone_and_brought_back(ledger: Ledger, capsys: Any) -> None:
    number = run(ledger, koinly(1, 2)).batch

    out = said(capsys, "undo_import", number, ledger=ledger.slug)
    assert out == "2 rows were taken out."
    assert said(capsys, "undo_import", number, ledger=ledger.slug) == "0 rows were taken out."
    assert said(capsys, "undo_import", number, ledger=ledger.slug, redo=True) == "2 rows are back."


def test_import_that_there_is_not_names_the_last_ones(ledger: Ledger) -> None:
    number = run(ledger, koinly(1)).batch

    text, status = refused("undo_import", 999_999, ledger=ledger.slug)

    assert f"{number} (test.csv)" in text
    assert status == 2


def test_deleted_transactions_are_restored(ledger: Ledger, capsys: Any) -> None:
    one, _two = (make_transaction(ledger, deleted_at=timezone.now()) for _ in range(2))

    out = said(capsys, "restore_transactions", one.pk, ledger=ledger.slug)
    assert out == "1 transaction is back."
    text, status = refused("restore_transactions", one.pk, ledger=ledger.slug)
    assert f"Not among the deleted ones: {one.pk}." in text
    assert status == 2
    out = said(capsys, "restore_transactions", ledger=ledger.slug, all=True)
    assert out == "1 transaction is back."
    assert refused("restore_transactions", ledger=ledger.slug)[1] == 2


def test_labels_are_written_for_bitcoin_wallets(ledger: Ledger, capfdbinary: Any) -> None:
    hash = "ab" * 32
    make_transaction(ledger, tx_hash=hash, note="May", labels=[make_label(ledger, "rent")])
    make_transaction(ledger, tx_hash=f"0x{hash}", note="of another chain")
    address = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
    make_address(ledger, address, contact=make_contact(ledger, "Maria"))

    call_command("export_labels", ledger=ledger.slug)

    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert lines == [
        {"type": "tx", "ref": hash, "label": "rent: May"},
        {"type": "addr", "ref": address, "label": "Maria"},
    ]


def reported(path: Path, *command: Any, **options: Any) -> Any:
    call_command(*command, report=str(path), **options)
    return json.loads(path.read_text())


def test_each_command_reports_what_it_did(ledger: Ledger, tmp_path: Path) -> None:
    number = run(ledger, koinly(1, 2)).batch
    row = make_transaction(ledger, tx_hash="ab" * 32, note="rent", deleted_at=timezone.now())
    path, of, out = tmp_path / "report.json", {"ledger": ledger.slug}, str(tmp_path / "out")

    file = {"file": "test.csv", "import": number}
    undone = reported(path, "undo_import", number, **of)
    assert undone == of | file | {"taken_out": 2}
    assert reported(path, "undo_import", number, redo=True, **of) == of | file | {"brought_back": 2}
    assert reported(path, "restore_transactions", row.pk, **of) == of | {"restored": 1}
    assert reported(path, "export_labels", out, **of) == of | {"file": out, "labels": 1}
    exported = reported(path, "export_transactions", out, filter="q=rent", **of)
    assert exported == of | {"file": out, "rows": 1}


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ("", 2),
        ("type=gift", 1),
        ("?type=gift&page=2&sort=time", 1),
        ("/keller/transactions/?type=gift&size=25&columns=time,out#row", 1),
        ("https://ledger.example.org/keller/transactions/?type=gift", 1),
        ("type:gift", 1),
        ("rent", 1),
    ],
)
def test_filter_is_what_a_person_means_by_it(
    ledger: Ledger, tmp_path: Path, given: str, rows: int
) -> None:
    make_transaction(ledger, type="gift", note="rent")
    make_transaction(ledger, type="deposit")

    out, of = str(tmp_path / "out.csv"), {"ledger": ledger.slug, "filter": given}

    assert reported(tmp_path / "report", "export_transactions", out, **of)["rows"] == rows


@pytest.mark.parametrize("given", ["foo=bar", "types=trade", "type=gift&foo=bar"])
def test_filter_that_there_is_not_is_refused(ledger: Ledger, given: str) -> None:
    text, status = refused("export_transactions", ledger=ledger.slug, filter=given)

    assert "The list has no filter “" in text
    assert status == 2


def test_file_is_of_the_kind_that_its_name_says(ledger: Ledger, tmp_path: Path) -> None:
    make_transaction(ledger, note="rent")
    begins = {"a.csv": b"Date", "a.xlsx": b"PK", "a.jsonl": b"{", "a.koinly.csv": b"Date"}
    for name in begins:
        call_command("export_transactions", str(tmp_path / name), ledger=ledger.slug)

    found = {name: (tmp_path / name).read_bytes() for name in begins}
    assert {name: found[name][: len(begin)] for name, begin in begins.items()} == begins
    assert found["a.csv"] != found["a.koinly.csv"]
    text, status = refused("export_transactions", str(tmp_path / "a.foo"), ledger=ledger.slug)
    assert "does not say what kind of file" in text
    assert "--as" in text
    assert status == 2
    assert not (tmp_path / "a.foo").exists()


@pytest.mark.parametrize("command", ["export_transactions", "export_labels"])
def test_file_and_report_do_not_share_the_output(ledger: Ledger, command: str) -> None:
    text, status = refused(command, ledger=ledger.slug, report="-")

    assert "cannot both go to standard output" in text
    assert status == 2


def test_report_goes_to_the_output_alone(ledger: Ledger, capsys: Any) -> None:
    make_transaction(ledger, deleted_at=timezone.now())

    out = said(capsys, "restore_transactions", ledger=ledger.slug, all=True, report="-")

    assert json.loads(out) == {"ledger": ledger.slug, "restored": 1}


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_export_is_imported_without_a_wallet(ledger: Ledger, tmp_path: Path, kind: str) -> None:
    make_transaction(ledger, wallet=make_wallet(ledger, "Cold"), note="rent")
    file = str(tmp_path / f"out.{kind}")
    call_command("export_transactions", file, ledger=ledger.slug, kind=kind)
    other = make_ledger()

    call_command("import_transactions", file, ledger=other.slug)

    assert other.transactions.get().wallet.name == "Cold"


@pytest.mark.parametrize("n", ["0", "-1", "two"])
def test_worker_that_would_take_no_file_is_refused(n: str) -> None:
    text, _status = refused("run_worker", "--once", f"--concurrency={n}")

    assert f"“{n}” is not a number of 1 or more" in text


def test_worker_says_that_its_database_is_out_of_reach(settings: Any) -> None:
    settings.LISTEN_DATABASE_URL = "postgresql://127.0.0.1:9/x"

    text, status = refused("run_worker", "--once")

    assert text.startswith("The database cannot be reached: ")
    assert text.endswith(" Is it running, and LISTEN_DATABASE_URL right?")
    assert status == 3
