"""Words of notes by the database's own account, and searches by their beginnings."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection, connections
from django.db.models import Q

from ledgers.models import Ledger
from live.feed import listener_conninfo
from tests.factories import make_ledger, make_transaction
from transactions import note_search
from transactions.models import NoteWord, Transaction
from transactions.tasks import tidy_note_words

pytestmark = pytest.mark.django_db
NOTES = (
    *("Rent of May", "rents, paid", "RENT 2026-11", "a rental car", "re: it's paid"),
    *(r"C:\dir\rent.txt", "https://rent.example.org/it's?a=b#c", "me@rent.example", "-1.5e3 rent"),
    *("İstanbul", "STRAẞE 5", "straße", "ΣΊΣΥΦΟΣ", "K0ffee", "don't", "l'été", "naïve 日本語"),
    *("²³ x²", "5e3", "1e5x", "0x1f rent_to_own", "a/b/c", "<b>bold</b> &amp;", "x" * 2100),
)


def there() -> set[tuple[int, str]]:
    words = "unnest(tsvector_to_array(to_tsvector('simple', note)))"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT ledger_id, {words} FROM transactions_transaction")
        return {(ledger, word) for ledger, word in cursor.fetchall() if len(word) < 2000}


def known() -> set[tuple[int, str]]:
    return set(NoteWord.objects.values_list("ledger", "word"))


def found(condition: Q) -> list[str]:
    return sorted(Transaction.objects.filter(condition).values_list("note", flat=True))


def noted(ledger: Ledger, *words: str) -> note_search.WordsInNotes:
    return note_search.words_in_notes(ledger, " ".join(words))


def test_words_are_known_whoever_writes(ledger: Ledger) -> None:
    other = make_ledger(slug="other")
    rows = [make_transaction(ledger, note=note) for note in NOTES]
    make_transaction(other, note="rent of others")
    assert known() == there()

    Transaction.objects.filter(pk=rows[0].pk).update(note="changed by hand")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transactions_transaction SET note = 'by psql' WHERE id = %s", [rows[1].pk]
        )
    assert known() > there()
    n = NoteWord.objects.count()
    Transaction.objects.update(hidden=True)
    make_transaction(ledger, note="by psql")
    assert NoteWord.objects.count() == n


def test_completed_words_find_what_all_that_begin_so_find(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for note in NOTES:
        make_transaction(ledger, note=note)
    make_transaction(make_ledger(slug="other"), note="rent of others")
    words = {word for note in NOTES for word in note_search.words_only(note[:40]).split()}
    starts = {word[:n] for word in words for n in (1, 2, 4, len(word))}
    texts = [[start] for start in sorted(starts)] + [["re", "pa"], ["rent", "zzz"], ["zzz"]]

    completed = {str(text): found(noted(ledger, *text).condition) for text in texts}
    few = [noted(ledger, *text).completed for text in texts]
    monkeypatch.setattr(note_search, "COMPLETIONS", -1)
    begun = {str(text): found(noted(ledger, *text).condition) for text in texts}

    assert completed == begun
    assert len(begun["['re']"]) > 5
    assert begun["['zzz']"] == begun["['rent', 'zzz']"] == []
    assert [[]] in few
    assert sum(query is not None for query in few) > len(few) / 2


ZONES = (UTC, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles"))


def test_notes_of_a_time_are_found_by_its_months(ledger: Ledger) -> None:
    """Whatever zone its ends are in, and whatever was moved since."""
    begin = datetime(2025, 11, 30, 20, tzinfo=UTC)
    times = [begin + n * timedelta(hours=3) for n in range(8)]
    times += [datetime(year, 6, 1, tzinfo=UTC) for year in (1970, 2024, 2026, 9999)]
    for at in times:
        make_transaction(ledger, occurred_at=at, note=f"rent of {at:%B} paid")
        make_transaction(ledger, occurred_at=at, note="rents")
        make_transaction(ledger, occurred_at=at, note="paid")
    moved = make_transaction(ledger, occurred_at=times[0], note="rent paid, moved")
    Transaction.objects.filter(pk=moved.pk).update(occurred_at=times[-1])
    make_transaction(make_ledger(slug="other"), occurred_at=times[0], note="rent paid by others")

    for words in (["rent"], ["re", "paid"], ["of", "zzz"]):
        wanted = noted(ledger, *words)
        for at, zone in product(times, ZONES):
            begin = at.replace(day=1, hour=0)
            end = (begin + timedelta(days=32)).replace(day=1)
            of_month = Q(occurred_at__gte=begin, occurred_at__lt=end)
            months = [note_search.month_of(at.astimezone(zone))]
            if (of_index := wanted.in_months(months)) is not None:
                assert found(of_index) == found(wanted.condition & of_month)


@pytest.mark.parametrize("n", [note_search.COMPLETIONS, note_search.COMPLETIONS + 1])
def test_however_many_words_begin_so(ledger: Ledger, n: int) -> None:
    for each in range(n):
        make_transaction(ledger, note=f"rent{each}")

    assert len(found(noted(ledger, "rent").condition)) == n
    assert (noted(ledger, "rent").completed is None) is (n > note_search.COMPLETIONS)


@pytest.mark.django_db(transaction=True)
def test_two_who_write_a_word_at_once_wait_for_nobody_and_are_found(ledger: Ledger) -> None:
    first, second = make_transaction(ledger), make_transaction(ledger)

    def write() -> None:
        Transaction.objects.filter(pk=second.pk).update(note="invoice")
        connections.close_all()

    with psycopg.connect(listener_conninfo()) as other, ThreadPoolExecutor(1) as pool:
        other.execute(
            "UPDATE transactions_transaction SET note = 'invoice' WHERE id = %s", [first.pk]
        )
        pool.submit(write).result(timeout=20)
        assert found(noted(ledger, "inv").condition) == ["invoice"]

    assert found(noted(ledger, "inv").condition) == ["invoice", "invoice"]
    assert NoteWord.objects.filter(word="invoice").count() == 2
    gone = NoteWord.objects.create(ledger_id=0, word="of a ledger that is gone")

    tidy_note_words(timestamp=0)

    assert NoteWord.objects.filter(word="invoice").count() == 1
    assert not NoteWord.objects.filter(pk=gone.pk).exists()
    assert found(noted(ledger, "inv").condition) == ["invoice", "invoice"]
