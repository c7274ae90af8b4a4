from urllib.parse import quote

import pytest
from django.db.models import Q
from django.http import QueryDict

from ledgers.models import Ledger
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    some_address,
)
from transactions import note_search, search
from transactions.filters import TransactionFilter
from transactions.models import Transaction
from transactions.queries.in_order import InOrder
from transactions.queries.listing import Listing

HASH = "0xAb" + "3" * 62


@pytest.fixture
def rows(ledger: Ledger) -> None:
    maria = make_contact(ledger, "Maria Keller")
    hers = make_address(ledger, "0x00000000000000000000000000000000c0ffee00", contact=maria)
    make_transaction(ledger, note="her address", counterparty=hers)
    make_transaction(ledger, note="hers by name", contact=maria)
    his = make_address(ledger, "0x00000000000000000000000000000000c0f00000")
    make_transaction(ledger, note="his address", counterparty=his)
    make_transaction(ledger, note="labelled", labels=[make_label(ledger, "tax 2026")])
    make_transaction(ledger, note="hashed", tx_hash=HASH, group_key=HASH)
    make_transaction(ledger, note="November rent, paid early")
    make_transaction(ledger, note="own", own_address=make_address(ledger, some_address(0xBEEF)))
    make_transaction(make_ledger(), note="November rent of somebody else")


def fitting(ledger: Ledger, text: str) -> set[str]:
    found = TransactionFilter(QueryDict(f"q={text}"), ledger).rows
    return set(found.values_list("note", flat=True))


@pytest.mark.parametrize("most_sent", [search.MOST_SENT, 1, 0])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("maria", {"her address", "hers by name"}),
        ("0x00000000000000000000000000000000c0f", {"her address", "his address"}),
        ("a", {"her address", "hers by name", "his address", "labelled"}),
        ("0x00000000000000000000000000000000C0FFEE00", {"her address"}),
        ("0x00000000000000000000000000000000c0ff", {"her address"}),
        ("0x000000000000000000000000000000000000beef", {"own"}),
        ("TAX", {"labelled"}),
        (HASH.lower(), {"hashed"}),
        (HASH[:9], {"hashed"}),
        ("rent november", {"November rent, paid early"}),
        ("novem", {"November rent, paid early"}),
        ("0x", set()),
        ("nobody", set()),
        ("&|!():*'", set()),
    ],
)
def test_search_finds_the_same_few_or_many(
    ledger: Ledger,
    rows: None,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    expected: set[str],
    most_sent: int,
) -> None:
    monkeypatch.setattr(search, "MOST_SENT", most_sent)

    assert fitting(ledger, text.replace("&", "%26")) == expected


def test_search_counts_a_row_that_fits_twice_once(ledger: Ledger) -> None:
    label, maria = make_label(ledger, "maria"), make_contact(ledger, "Maria")
    make_transaction(ledger, note="maria", contact=maria, labels=[label])

    assert TransactionFilter(QueryDict("q=maria"), ledger).rows.count() == 1


def test_very_words_tell_that_there_are_many(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without what is hidden or another's; where they are few, all that begin so are counted."""
    make_transaction(ledger, note="rent of May")
    make_transaction(ledger, note="rents")
    make_transaction(ledger, note="rent", hidden=True)
    make_transaction(make_ledger(slug="other"), note="rent")
    monkeypatch.setattr(search, "FEW", 2)

    few = Listing.of(ledger, QueryDict("q=rent")).finding.found
    for month in ("June", "July"):
        make_transaction(ledger, note=f"rent of {month}")
    many = Listing.of(ledger, QueryDict("q=rent")).finding.found

    assert few is not None
    assert few.number == 2
    assert many is search.MANY


def test_number_in_a_note_is_not_taken_for_a_ledger(ledger: Ledger) -> None:
    """Who searches several ledgers looks for words without one before them."""
    make_transaction(ledger, note="rent")
    counted = make_transaction(ledger, note=f"invoice {ledger.pk}")

    found = Transaction.objects.filter(note_search.in_any_ledger([str(ledger.pk)]))
    in_notes = note_search.words_in_notes(ledger, str(ledger.pk))
    within = Transaction.objects.filter(in_notes.condition)

    assert [*found] == [*within] == [counted]


def test_parameter_without_a_text_leaves_nothing_out(ledger: Ledger) -> None:
    make_transaction(ledger, note="rent", labels=[make_label(ledger, "tax")])
    found = TransactionFilter(QueryDict("q_but=&address_but=+&note_but=&hash_but="), ledger)

    assert found.is_plain
    assert found.rows.count() == 1


@pytest.mark.parametrize("note", ["İstanbul", "STRAẞE 5", "straße", "ΣΊΣΥΦΟΣ", "K0ffee"])
def test_note_that_is_tried_fits_as_one_that_its_index_finds(ledger: Ledger, note: str) -> None:
    """Whatever its letters become in the other case."""
    make_transaction(ledger, note=note)
    for word in (note, note.lower(), note.upper(), note.casefold(), "istanbul", "kÖ"):
        filters = TransactionFilter(QueryDict(f"note={quote(word)}"), ledger)

        tried = InOrder(filters).fitting.count()

        assert tried == filters.rows.count(), word


@pytest.mark.usefixtures("rows")
def test_what_is_tried_is_made_once_and_anew_for_other_names_of_tables(ledger: Ledger) -> None:
    notes = Transaction.objects.filter(search.tried(Q(note__startswith="hers")))
    [condition] = [each.lhs for each in notes.query.where.children]

    assert "note" in str(notes.query)
    made = condition.made
    assert "note" in str(notes.filter(ledger=ledger).query)

    among = Transaction.objects.filter(pk__in=notes.values("pk"))
    assert '"U0"."note"' in str(among.query)
    assert condition.made is made is not None
    assert [row.note for row in among] == ["hers by name"]
    assert {row.note for row in Transaction.objects.exclude(pk__in=notes)} >= {"own", "hashed"}


@pytest.mark.parametrize("condition", [Q(pk__in=[]), ~Q(pk__in=[])])
@pytest.mark.usefixtures("rows")
def test_what_nothing_or_everything_fits_can_be_tried(condition: Q) -> None:
    everything = {row.pk for row in Transaction.objects.all()}
    fitting = {row.pk for row in Transaction.objects.filter(search.tried(condition))}
    others = {row.pk for row in Transaction.objects.exclude(search.tried(condition))}

    assert fitting == (everything if condition.negated else set())
    assert others == everything - fitting
