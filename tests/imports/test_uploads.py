"""Uploaded files: checked, confirmed and imported by a worker."""

import asyncio
import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from formats.parsing.records import ImportFailed
from imports.management.commands import run_worker
from imports.models import ImportBatch, Upload, UploadBlock
from imports.pipeline.checking import no_progress
from imports.tasks import Superseded, check, unpack, write
from imports.uploads.blocks import BLOCK, opened, store
from imports.uploads.queue import cancel, queue
from imports.uploads.rows import page_of
from imports.uploads.tending import tend
from ledgers.models import Ledger, Session
from tests.factories import make_address, make_ledger, make_transaction, make_wallet
from tests.imports.helpers import fixture
from tests.imports.test_import_process import ROOT, database
from tests.imports.uploads import (
    checked,
    confirm,
    encrypted,
    koinly,
    upload,
    work_off,
    zipped,
)
from transactions.queries.export import WRITERS

State = Upload.State
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_bytes_come_back_from_any_place(ledger: Ledger, size: int) -> None:
    data = random.Random(size).randbytes(size)
    made = store(ledger, None, "x", [data[:7], data[7:]], BLOCK * 4)

    with opened(made) as file:
        assert file.read() == data
        file.seek(size // 2)
        assert file.read(10) == data[size // 2 : size // 2 + 10]


def test_file_that_is_too_large_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(ImportFailed, match="larger than 1 MB"):
        store(ledger, None, "x", [b"x" * BLOCK] * 2, BLOCK)

    assert not Upload.objects.exists()


def test_check_says_what_would_happen_and_writes_nothing(ledger: Ledger) -> None:
    made = checked(ledger, koinly("1.5", "x", "0.25"))

    assert made.state == State.CHECKED
    found = made.checked
    assert (found["new"], found["wrong"], found["known"]) == (2, 1, 0)
    assert (found["wallet"], found["new_wallet"]) == ("Koinly universal template", True)
    assert [(each["symbol"], each["after"]) for each in found["assets"]] == [("BTC", "1.75")]
    assert not ledger.transactions.exists()
    assert not ledger.wallets.exists()


def test_confirmed_it_is_imported_as_it_was_shown(ledger: Ledger) -> None:
    made = confirm(checked(ledger, koinly("1.5", "0.25"), wallet="Kraken"))

    assert made.state == State.IMPORTED
    batch = ImportBatch.objects.get()
    assert made.batch == batch
    assert (batch.imported, batch.way, batch.wallet.name) == (2, "page", "Kraken")
    assert batch.seconds > 0
    assert ledger.transactions.count() == 2


def test_ledger_that_changed_meanwhile_is_shown_again(ledger: Ledger) -> None:
    made = checked(ledger, koinly("1", "2"), wallet="Kraken")
    confirm(checked(ledger, koinly("1"), wallet="Kraken"))

    made = confirm(made)

    assert made.state == State.CHECKED
    assert made.checked["before"] == {"new": 2, "known": 0}
    assert (made.checked["new"], made.checked["known"]) == (1, 1)
    assert ledger.transactions.count() == 1
    assert confirm(made).state == State.IMPORTED
    assert ledger.transactions.count() == 2


def exported_from_another() -> bytes:
    """Of two wallets, one of which only its address names."""
    other = make_ledger()
    address = make_address(other, wallet=make_wallet(other, "Ledger"))
    make_transaction(other, wallet=make_wallet(other, "Coinbase"), counterparty=address)
    pieces = WRITERS["csv"][0](other.transactions.all(), False)
    return b"".join(each if isinstance(each, bytes) else each.encode() for each in pieces)


def of_two_wallets() -> bytes:
    """One of them is the other end of a transfer only."""
    return b"".join(fixture("cointracker_export.csv").splitlines(keepends=True)[:3])


@pytest.mark.parametrize("name", ["Coinbase", "Ledger"])
@pytest.mark.parametrize("content", [of_two_wallets, exported_from_another])
def test_wallet_that_rows_name_and_that_was_renamed_since_is_shown_again(
    ledger: Ledger, content: Callable[[], bytes], name: str
) -> None:
    for each in ("Coinbase", "Ledger"):
        make_wallet(ledger, each)
    made = checked(ledger, content())
    assert not any(each["new"] for each in made.checked["wallets"])
    ledger.wallets.filter(name=name).update(name="Renamed")

    made = confirm(made)

    assert made.state == State.CHECKED
    assert made.checked["gone"] == [name]
    assert not ledger.wallets.filter(name=name).exists()
    assert not ledger.transactions.exists()
    made = confirm(made)
    assert made.state == State.IMPORTED
    assert ledger.wallets.filter(name=name).exists()


def test_wallet_that_has_the_name_of_another_since_is_shown_again(ledger: Ledger) -> None:
    first, second = make_wallet(ledger, "Coinbase"), make_wallet(ledger, "Ledger")
    made = checked(ledger, of_two_wallets())
    ledger.wallets.filter(pk=first.pk).update(name="Old")
    ledger.wallets.filter(pk=second.pk).update(name="Coinbase")

    made = confirm(made)

    assert made.state == State.CHECKED
    assert made.checked["gone"] == ["Coinbase", "Ledger"]


def test_wallets_that_were_made_since_as_they_were_to_be_are_taken(ledger: Ledger) -> None:
    made = checked(ledger, of_two_wallets())
    for name in ("Coinbase", "Ledger"):
        make_wallet(ledger, name)

    assert confirm(made).state == State.IMPORTED


def test_check_from_before_an_upgrade_is_made_again(ledger: Ledger) -> None:
    made = checked(ledger, of_two_wallets())
    made.checked.pop("wallet_keys", None)
    made.save(update_fields=["checked"])

    made = confirm(made)

    assert made.state == State.CHECKED
    assert made.checked["gone"] == []
    assert confirm(made).state == State.IMPORTED


def test_file_that_nobody_understands_says_so(ledger: Ledger) -> None:
    made = checked(ledger, "a,b\n1,2\n")

    assert made.state == State.REFUSED
    assert "a, b" in made.problem
    assert made.checked["hints"][0]["setting"] == "format"


def test_files_of_an_archive_are_checked_one_by_one(ledger: Ledger) -> None:
    files = {"a/one.csv": koinly("1"), "two.csv": koinly("2"), "__MACOSX/._one.csv": b"\0"}

    upload(ledger, zipped(files), "both.zip")
    work_off()

    rows = Upload.objects.order_by("file_name").values_list("file_name", "state")
    archive, *files = rows
    assert archive == ("both.zip", State.UNPACKED)
    assert files == [("one.csv", State.CHECKED), ("two.csv", State.CHECKED)]
    assert not UploadBlock.objects.filter(upload__file_name="both.zip").exists()


def unpacked_from() -> Upload:
    """The one file that was in an archive."""
    return Upload.objects.exclude(state=State.UNPACKED).get()


def test_gzip_is_unpacked(ledger: Ledger) -> None:
    upload(ledger, gzip.compress(koinly("1").encode()), "one.csv.gz")
    work_off()

    assert unpacked_from().checked["new"] == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zipped({}), "no file"),
        (encrypted(zipped({"a.csv": koinly("1")})), "encrypted"),
        (zipped({"inner.zip": zipped({"a.csv": "x"})}), "archive in the archive"),
        (zipped({"a.csv": koinly("1")})[:-30], "damaged"),
        (zipped({"big.csv": b"0" * (3 << 20)}), "larger than 1 MB"),
        (gzip.compress(b"0" * (3 << 20), mtime=0), "larger than 1 MB"),
        (gzip.compress(koinly("1").encode(), mtime=0)[:-9], "damaged"),
    ],
)
def test_archive_that_cannot_be_taken_says_why_and_leaves_nothing(
    ledger: Ledger, settings, data: bytes, said: str
) -> None:
    settings.MAX_UPLOAD_MB = 1

    made = checked(ledger, data, "x.zip")

    assert made.state == State.REFUSED
    assert said in made.problem
    assert Upload.objects.count() == 1


def test_older_look_changes_nothing(ledger: Ledger) -> None:
    made = upload(ledger, koinly("1"), wallet="One")
    older = Upload.objects.get()
    made.options = {"wallet": "Two"}
    assert queue(made, check)

    older.options = {"wallet": "Three"}
    assert not queue(older, check)

    work_off()
    assert Upload.objects.get().checked["wallet"] == "Two"


def test_cancelled_before_it_began_it_is_not_checked(ledger: Ledger) -> None:
    made = upload(ledger, koinly("1"))

    assert cancel(made)
    work_off()

    made.refresh_from_db()
    assert made.state == State.CANCELLED
    assert not cancel(made)


def test_options_that_were_changed_make_the_older_check_void(ledger: Ledger) -> None:
    made = upload(ledger, koinly("1"), wallet="One")
    made.options = {"wallet": "Two"}
    queue(made, check)

    work_off()

    made.refresh_from_db()
    assert (made.state, made.checked["wallet"]) == (State.CHECKED, "Two")


def test_job_that_is_done_twice_imports_once(ledger: Ledger) -> None:
    made = checked(ledger, koinly("1", "2"))
    queue(made, write, State.QUEUED)
    write.defer(upload=made.pk, revision=made.revision)

    work_off()

    made.refresh_from_db()
    assert made.state == State.IMPORTED
    assert ImportBatch.objects.count() == 1


def test_sessions_that_are_over_are_deleted(client: Client) -> None:
    """Whoever begins to log in leaves one, too."""
    for _n in range(3):
        Client().get("/login/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
    Session.objects.filter(user=None).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert Session.objects.count() == 4

    tend()

    assert Session.objects.get().pk == client.session.session_key


def test_tending_goes_on_after_it_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of a lock, say: a worker lives for months."""
    tries = []

    def fails_once() -> None:
        tries.append(len(tries))
        if tries == [0]:
            raise OperationalError

    monkeypatch.setattr(run_worker, "tend", fails_once)
    monkeypatch.setattr(run_worker, "TEND_EVERY", 0.01)

    async def for_a_while() -> None:
        ended = asyncio.Event()
        tending = asyncio.create_task(run_worker.tend_until(ended))
        await asyncio.wait([tending], timeout=1)
        ended.set()
        await tending

    asyncio.run(for_a_while())

    assert len(tries) > 1


def test_worker_that_tends_when_it_ends_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks the worker's own loop, as resume() does: neither would come to an end."""
    asked = []

    def asks_for_a_while() -> None:
        for n in range(100):
            async_to_sync(asyncio.sleep)(0.01)
            asked.append(n)

    monkeypatch.setattr(run_worker, "tend", asks_for_a_while)

    asyncio.run(run_worker.work(1, once=True))

    assert len(asked) == 100


def test_upload_whose_job_is_gone_has_failed(ledger: Ledger) -> None:
    made = upload(ledger, koinly("1"))
    Upload.objects.update(job=made.job + 1000)

    tend()

    made.refresh_from_db()
    assert made.state == State.FAILED
    assert made.problem


@pytest.mark.parametrize("state", Upload.ACTIVE)
def test_what_is_being_worked_on_does_not_expire(ledger: Ledger, state: str) -> None:
    """It was confirmed shortly before, and waits for a worker."""
    made = checked(ledger, koinly("1"))
    Upload.objects.update(expires_at=made.uploaded_at, state=state, job=None)

    tend()

    assert Upload.objects.get().state == state


@pytest.mark.parametrize("change", [{"state": State.CANCELLED}, {"revision": 99}])
def test_archive_that_is_not_wanted_any_more_is_not_unpacked(
    ledger: Ledger, change: dict[str, Any]
) -> None:
    made = upload(ledger, zipped({"a.csv": koinly("1")}), "x.zip")
    checking = Upload.objects.filter(pk=made.pk, revision=made.revision, state=State.CHECKING)
    Upload.objects.update(**{"state": State.CHECKING} | change)

    with pytest.raises(Superseded):
        unpack(made, checking, no_progress)

    assert Upload.objects.count() == 1
    assert made.blocks.exists()


def test_what_nobody_confirmed_expires(ledger: Ledger) -> None:
    made = checked(ledger, koinly("1"))
    Upload.objects.update(expires_at=made.uploaded_at)

    tend()

    assert not Upload.objects.exists()


def test_sheets_of_a_workbook_are_tables(ledger: Ledger) -> None:
    book = Workbook()
    book.active.title = "Trades"
    for line in csv.reader(koinly("1.5", "0.1").splitlines()):
        book.active.append(line)
    book["Trades"]["D3"] = 0.1
    book.create_sheet("Empty")
    target = io.BytesIO()
    book.save(target)

    upload(ledger, target.getvalue(), "book.xlsx")
    work_off()

    row = unpacked_from()
    assert (row.state, row.checked["new"]) == (State.CHECKED, 2)
    assert row.checked["assets"][0]["received"] == "1.6"


def json_lines(text: str) -> str:
    header, *lines = csv.reader(text.splitlines())
    return "\n".join(json.dumps(dict(zip(header, line, strict=True))) for line in lines)


@pytest.mark.parametrize("line", ["[]", "1", "{", '{"Date": "\\ud800"}', '{"Date": "\\u0000"}'])
def test_line_of_json_that_is_no_row_is_named(ledger: Ledger, line: str) -> None:
    made = checked(ledger, json_lines(koinly("1", "2")) + f"\n{line}\n", "rows.jsonl")

    assert (made.checked["new"], made.checked["wrong"]) == (2, 1)
    assert [row.line for row in page_of(made, "wrong", 1).rows] == [3]


def test_json_lines_are_a_table(ledger: Ledger) -> None:
    amount = "1.000000000000000001"
    text = json_lines(koinly(amount)).replace(f'"{amount}"', amount)

    upload(ledger, text, "rows.jsonl")
    work_off()

    assert Upload.objects.get().checked["assets"][0]["received"] == amount


def test_line_that_is_not_json_is_named(ledger: Ledger) -> None:
    made = checked(ledger, json_lines(koinly("1")) + '\n{"Date"', "rows.jsonl")

    (row,) = page_of(made, "wrong", 1).rows
    assert (made.state, row.line) == (State.CHECKED, 2)
    assert "this is not JSON" in row.reason


HUNDRED_MB = 100 << 20
HUGE = {
    "one line": lambda: b"x" * HUNDRED_MB,
    "many empty lines": lambda: koinly("1").encode() + b"\n" * HUNDRED_MB,
    "one quoted cell": lambda: koinly("1").encode() + b'"' + b"x\n" * (HUNDRED_MB // 2),
}
CHECK = """
import django
django.setup()
from imports.models import Upload, UploadBlock
from formats.parsing.records import ImportFailed
from imports.pipeline.checking import no_progress
from imports.pipeline.preview import preview_file
from imports.uploads.archives import is_archive, unpacked
from imports.uploads.blocks import opened
from imports.uploads.options import import_of
made = Upload.objects.get()
try:
    files = list(unpacked(made, no_progress)) if is_archive(made) else [made]
    for each in files:
        preview_file(import_of(each), opened(each), each.file_name, no_progress)
except ImportFailed:
    pass
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print(int(status["VmHWM"].split()[0]) // 1024, "MB")
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", HUGE)
def test_huge_file_takes_little_memory(ledger: Ledger, name: str) -> None:
    store(ledger, None, "huge.csv", [HUGE[name]()], 2 * HUNDRED_MB)
    env = os.environ | {"DATABASE_URL": database(), "SECRET_KEY": "test"}

    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        env=env | {"DJANGO_SETTINGS_MODULE": "txproject.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stderr == ""
    assert int(done.stdout.split()[0]) < 300
