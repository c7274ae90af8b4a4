"""The same file again: it is not read, and nobody can tell."""

import zlib
from array import array
from pathlib import Path

import pytest
from django.utils import translation

from formats.detection import detect
from imports.models import ImportBatch, SourceLine
from imports.pipeline.undo import redo, undo
from tests.imports.helpers import FIXTURES, counts, file_of, koinly, run
from transactions.actions.deleting import delete
from transactions.models import Transaction

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# The addresses of Solscan's are none of the chain.
FILES = [path for path in sorted(FIXTURES.glob("*.csv")) if not path.stem.startswith("solscan")]


def read_anew() -> None:
    ImportBatch.objects.update(reading="")


def knows_another_key() -> None:
    """Whoever reads the file finds that its first line is new."""
    SourceLine.objects.filter(pk=SourceLine.objects.earliest("pk").pk).update(key=b"other")


def test_known_file_is_not_read(ledger):
    run(ledger, koinly(3))
    knows_another_key()

    assert counts(run(ledger, koinly(3))) == (3, 0, 3, 0, 0, 0)
    read_anew()
    assert counts(run(ledger, koinly(3))) == (3, 1, 2, 0, 0, 1)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answer_is_that_of_reading(ledger, path: Path):
    data = path.read_bytes()
    kind, _table = detect(file_of(data, path.name), "auto")
    wallet = "" if kind.names_wallets else "Main"
    options = {"wallet": wallet, "name": path.name, "skip_bad": True}
    run(ledger, data, **options)
    again, its_batch = run(ledger, data, **options), ImportBatch.objects.latest("pk")
    read_anew()

    read, other = run(ledger, data, **options), ImportBatch.objects.latest("pk")

    assert counts(again) == counts(read)
    for name in ("skipped", "errors", "remarks"):
        assert list(getattr(again, name)) == list(getattr(read, name))
    assert sorted(lines_known(its_batch)) == sorted(lines_known(other))
    assert its_batch.report == other.report


def lines_known(batch: ImportBatch) -> "array[int]":
    return array("Q", zlib.decompress(batch.known_lines or zlib.compress(b"")))


@pytest.mark.parametrize(
    "other",
    [
        {"options": {"date_order": "dmy"}},
        {"options": {"chain": "bsc"}},
        {"name": "other.csv"},
        {"format": "koinly"},
    ],
)
def test_what_is_said_of_the_file_makes_it_another(ledger, other):
    run(ledger, koinly(3))
    knows_another_key()

    assert run(ledger, koinly(3), **other).imported == (0 if "format" in other else 1)


def test_in_another_language_or_wallet_it_is_read(ledger):
    run(ledger, koinly(3))
    knows_another_key()

    assert run(ledger, koinly(3), wallet="Other").imported == 3
    with translation.override("ru"):
        assert run(ledger, koinly(3)).imported == 1


def test_lines_that_are_gone_come_back(ledger):
    run(ledger, koinly(3))
    Transaction.objects.earliest("pk").delete()

    assert counts(run(ledger, koinly(3))) == (3, 1, 2, 0, 0, 1)
    assert counts(run(ledger, koinly(3))) == (3, 0, 3, 0, 0, 0)


def test_undone_lines_come_back(ledger, user):
    first = run(ledger, koinly(3))
    batch = ImportBatch.objects.get(pk=first.batch)
    undo(batch, user, keep=False)

    assert counts(run(ledger, koinly(3))) == (3, 3, 0, 0, 0, 3)


def test_undone_and_back_it_is_known(ledger, user):
    batch = ImportBatch.objects.get(pk=run(ledger, koinly(3)).batch)
    undo(batch, user, keep=False)
    redo(batch, user)

    assert counts(run(ledger, koinly(3))) == (3, 0, 3, 0, 0, 0)


def test_deleted_rows_come_back_where_asked(ledger, user):
    run(ledger, koinly(3))
    row = Transaction.objects.earliest("pk")
    delete(row, user)

    assert run(ledger, koinly(3)).restored == 0
    assert run(ledger, koinly(3), restore_deleted=True, user=user).restored == 1
    assert Transaction.objects.alive().filter(pk=row.pk).exists()


def test_file_with_errors_is_read(ledger):
    bad = koinly(3) + "when?,,,1,BTC,\n"
    run(ledger, bad, skip_bad=True)

    assert run(ledger, bad).batch is None


def test_rows_that_an_undone_import_left_to_it_are_known(ledger, user):
    first = ImportBatch.objects.get(pk=run(ledger, koinly(2)).batch)
    run(ledger, koinly(3))
    undo(first, user, keep=False)

    assert counts(run(ledger, koinly(3))) == (3, 0, 3, 0, 0, 0)
