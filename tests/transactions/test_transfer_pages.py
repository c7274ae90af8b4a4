"""The page of transfers, and how the list and the page of a transaction show one."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from ledgers.models import Ledger, Role, User
from tests.factories import (
    NOON,
    coin,
    make_ends,
    make_ledger,
    make_member,
    make_pair,
    make_transaction,
    make_user,
    make_wallet,
)
from tests.imports.helpers import run
from transactions.filters import TransactionFilter
from transactions.models import Transaction
from transactions.queries.listing import Listing

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
PAGE = "/keller/transfers/"
LIST = "/keller/transactions/"


def text(response: Any) -> str:
    return " ".join(response.content.decode().replace("<bdi>", "").replace("</bdi>", "").split())


def ends_of(*rows: Transaction) -> str:
    return "-".join(f"{row.pk}" for row in rows)


@pytest.mark.parametrize("headers", [{}, PARTIAL])
def test_page_says_what_is_proposed_and_why(
    client: Client, ledger: Ledger, headers: dict[str, str]
) -> None:
    make_ends(ledger, received=("0.499", "BTC"), fee=("0.0001", "BTC"))

    page = text(client.get(PAGE, headers=headers))

    assert ("<html" in page) is (headers == {})
    for words in ("Kraken", "Cold", "−0.5", "+0.499", "0.2 % less arrived.", "0.001", "0.0001"):
        assert words in page, words
    assert "It arrived 1 hour later. Nothing else fits." in page
    assert "counts as a fee" in page
    assert "certain" not in page


@pytest.mark.parametrize(
    ("out", "came", "words"),
    [
        ({}, {}, "Same amount. It arrived 1 hour later."),
        ({}, {"occurred_at": NOON}, "Within a minute."),
        (
            {"occurred_at": NOON.replace(hour=13, minute=5)},
            {},
            "arrived 5 minutes before it was",
        ),
        ({"tx_hash": "0xA"}, {"tx_hash": "0xa"}, "Same hash. Same amount."),
    ],
)
def test_reasons_are_said_in_words(
    client: Client, ledger: Ledger, out: dict[str, Any], came: dict[str, Any], words: str
) -> None:
    for row, values in zip(make_ends(ledger), (out, came), strict=True):
        Transaction.objects.filter(pk=row.pk).update(**values)

    assert words in text(client.get(PAGE))


def test_rivals_are_counted(client: Client, ledger: Ledger) -> None:
    make_ends(ledger)
    make_transaction(ledger, wallet=make_wallet(ledger), received=("0.5", "BTC"))

    assert "1 other row fits too." in text(client.get(PAGE))


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(("state", "queries"), [("", 9), ("accepted", 11)])
def test_page_takes_the_same_number_of_queries_for_any_number_of_pairs(
    client: Client,
    ledger: Ledger,
    django_assert_num_queries: Any,
    state: str,
    queries: int,
    count: int,
) -> None:
    for _ in range(count):
        ends = make_ends(ledger)
        if state:
            make_pair(ledger, *ends, state=state)
    client.get(PAGE)

    with django_assert_num_queries(queries):
        client.get(PAGE, {"state": state})


@pytest.mark.parametrize(
    ("act", "said", "state"),
    [
        ("accept", "They are one transfer.", "accepted"),
        ("refuse", "They stay two transactions.", "refused"),
    ],
)
def test_pair_is_decided_shown_under_its_tab_and_taken_back(
    client: Client, ledger: Ledger, user: User, act: str, said: str, state: str
) -> None:
    ends = make_ends(ledger)

    response = client.post(f"{PAGE}decided/", {act: ends_of(*ends)})

    assert (response.status_code, response.headers["Location"]) == (303, PAGE)
    page = text(client.get(PAGE))
    assert (said in page, "Nothing to pair" in page, "Undo" in page) == (True, True, True)
    shown = text(client.get(f"{PAGE}?state={state}"))
    assert ("Kraken" in shown, "ana, " in shown) == (True, True)
    client.post(f"{PAGE}{ledger.transfers.get().pk}/undone/", {"next": PAGE})
    assert "The decision is taken back." in text(client.get(PAGE))
    assert not ledger.transfers.exists()


@pytest.mark.parametrize("value", ["", "1", "1-2-3", "x-y", "0-0", "9" * 40 + "-1", "١-٢"])
def test_what_is_no_proposal_is_refused_in_words(
    client: Client, ledger: Ledger, value: str
) -> None:
    make_ends(ledger)

    response = client.post(f"{PAGE}decided/", {"accept": value})

    assert response.status_code == 303
    assert 'class="msg error"' in text(client.get(PAGE))
    assert not ledger.transfers.exists()


def test_another_ledgers_pair_cannot_be_decided(client: Client, ledger: Ledger) -> None:
    ends = make_ends(other := make_ledger())

    client.post(f"{PAGE}decided/", {"accept": ends_of(*ends)})

    assert not other.transfers.exists()


def test_all_certain_ones_at_once_and_undo(client: Client, ledger: Ledger) -> None:
    make_ends(ledger)
    make_ends(ledger, occurred_at=NOON.replace(month=1), received=("0.499", "BTC"))
    assert "Accept the certain one (1)" in text(client.get(PAGE))

    client.post(f"{PAGE}certain/")

    page = client.get(PAGE)
    assert "1 pair is one transfer now." in text(page)
    token = page.content.decode().split('name="token" value="')[1].split('"')[0]
    client.post("/keller/undo/", {"token": token, "next": PAGE})
    assert "1 transfer is two transactions again." in text(client.get(PAGE))
    client.post(f"{PAGE}certain/")
    client.post(f"{PAGE}certain/")
    assert "None was certain any more." in text(client.get(PAGE))


@pytest.mark.parametrize(("role", "may"), [(Role.ANNOTATOR, False), (Role.EDITOR, True)])
def test_editors_decide_and_others_see(ledger: Ledger, role: Role, may: bool) -> None:
    ends = make_ends(ledger)
    his = Client()
    his.force_login(make_member(ledger, make_user(), role).user)

    page = text(his.get(PAGE))
    his.post(f"{PAGE}decided/", {"accept": ends_of(*ends)})

    assert "Kraken" in page
    assert ('data-key="a"' in page, ledger.transfers.exists()) == (may, may)


def test_withdrawals_before_those_that_were_looked_through(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transactions.queries.transfers.SCOPE", 1)
    make_ends(ledger)
    make_ends(ledger, occurred_at=NOON.replace(month=1), sent=("7", "ETH"), received=("7", "ETH"))

    page = text(client.get(PAGE))
    past = ledger.transactions.filter(sent_amount="0.5").get().pk

    assert ("ETH" in page, f"?past={past}" in page) == (False, True)
    earlier = text(client.get(f"{PAGE}?past={past}"))
    assert ("ETH" in earlier, "BTC" in earlier, "Accept the" in earlier) == (True, False, False)


def test_pair_that_does_not_stand_says_so(client: Client, ledger: Ledger) -> None:
    pair = make_pair(ledger)
    accepted = f"{PAGE}?state=accepted"
    assert "It does not count" not in text(client.get(accepted))

    Transaction.objects.filter(pk=pair.sent_id).update(deleted_at=NOON)

    assert "It does not count" in text(client.get(accepted))


@pytest.mark.parametrize("state", ["accepted", "refused"])
def test_what_was_corrected_since_is_not_told_of_as_it_was(
    client: Client, ledger: Ledger, state: str
) -> None:
    pair = make_pair(ledger, state=state)
    of = Transaction.objects.filter(pk=pair.received_id)
    of.update(received_amount="1.5", received_asset=coin(ledger, "ETH"))

    page = text(client.get(f"{PAGE}?state={state}"))

    assert "It arrived 1 hour later." in page
    for words in ("less arrived", "Same amount", "Only the symbol", "counts as a fee"):
        assert words not in page, words


def test_what_was_refused_is_no_fee(client: Client, ledger: Ledger) -> None:
    sent, received = make_ends(ledger, received=("0.499", "BTC"))
    make_pair(ledger, sent, received, state="refused")

    page = text(client.get(f"{PAGE}?state=refused"))

    assert "0.2 % less arrived." in page
    assert "counts as a fee" not in page


def test_share_is_written_as_the_reader_writes_numbers(client: Client, ledger: Ledger) -> None:
    make_ends(ledger, received=("0.499", "BTC"))

    assert "0,2 %" in text(client.get(PAGE, headers={"Accept-Language": "ru"}))


def test_import_afterwards_is_proposed(client: Client, ledger: Ledger) -> None:
    head = "Date,Sent Amount,Sent Currency,Received Amount,Received Currency\n"
    run(ledger, head + "2024-03-01 10:00:00 UTC,2,BTC,,\n", wallet="Kraken")
    assert "Nothing to pair" in text(client.get(PAGE))

    run(ledger, head + "2024-03-01 10:20:00 UTC,,,2,BTC\n", wallet="Cold")

    assert "It arrived 20 minutes later." in text(client.get(PAGE))


def test_list_shows_each_end_as_a_transfer_with_a_link_to_the_other(
    client: Client, ledger: Ledger
) -> None:
    pair = make_pair(ledger)

    page = text(client.get(LIST))

    assert ("to Cold" in page, "from Kraken" in page) == (True, True)
    assert page.count('<b class="kind">Transfer</b>') == 2
    for row in (pair.sent, pair.received):
        assert f'class="other-end" href="{LIST}{row.pk}/"' in page
    assert "t-type" not in page


@pytest.mark.parametrize(
    ("query", "notes"),
    [
        ("", ["other", "sent", "came"]),
        ("transfers=once", ["other", "sent"]),
        ("transfers=once&wallet=Cold", ["came"]),
        ("type=transfer", ["sent", "came"]),
        ("type=transfer&transfers=once", ["sent"]),
        ("type=deposit", ["other"]),
        ("type=withdrawal", []),
        ("type=deposit&type_not=on", ["sent", "came"]),
        ("transfers=twice", []),
    ],
)
@pytest.mark.parametrize("some", [1_000, 0])
def test_filters_take_a_transfer_as_it_is_shown(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, some: int, query: str, notes: list[str]
) -> None:
    monkeypatch.setattr("transactions.search.SOME", some)
    pair = make_pair(ledger)
    pair.sent.note, pair.received.note = "sent", "came"
    for row in (pair.sent, pair.received):
        Transaction.objects.filter(pk=row.pk).update(note=row.note)
    make_transaction(ledger, note="other", wallet=make_wallet(ledger))
    query = query.replace("Cold", f"{pair.received.wallet_id}")

    rows = TransactionFilter(QueryDict(query), ledger).rows

    assert sorted(rows.values_list("note", flat=True)) == sorted(notes)


def test_totals_of_the_list_count_a_transfer_once(client: Client, ledger: Ledger) -> None:
    make_pair(ledger, *make_ends(ledger, received=("0.499", "BTC")))
    make_transaction(ledger, received=("2", "BTC"))

    for query in ("", "?transfers=once"):
        totals = text(client.get(f"{LIST}{query}")).split('id="totals"')[1].split("<table")[1]
        shown = totals.split("</table>")[0]
        assert ("0.5" in shown, "0.499" in shown) == (False, False)
        assert ("0.001" in shown, "1.999" in shown) == (True, True)


def test_totals_of_few_rows_count_a_transfer_once_if_both_ends_are_among_them(
    ledger: Ledger,
) -> None:
    make_pair(ledger, *make_ends(ledger, sent=("50", "BTC"), received=("49", "BTC")))
    make_transaction(ledger, received=("200", "BTC"))

    assert added(ledger, "max=1000") == [("BTC", 200, 0, 1)]
    assert added(ledger, "max=50") == [("BTC", 0, 0, 1)]
    assert added(ledger, "max=49") == [("BTC", 49, 0, 0)]
    assert added(ledger, "min=50") == [("BTC", 200, 50, 0)]


def added(ledger: Ledger, query: str) -> list[tuple[Any, ...]]:
    found = Listing.of(ledger, QueryDict(query)).totals
    return [(each.symbol, each.received, each.sent, each.fee) for each in found]


def test_page_of_a_transaction_leads_to_the_other_end_and_takes_them_apart(
    client: Client, ledger: Ledger
) -> None:
    pair = make_pair(ledger, *make_ends(ledger, received=("0.499", "BTC")))
    url = f"{LIST}{pair.received_id}/"

    page = text(client.get(url))

    assert "One transfer from Kraken" in page
    assert f"{LIST}{pair.sent_id}/?next=" in page
    assert ("0.001" in page, "counts as a fee" in page) == (True, True)
    client.post(f"{PAGE}{pair.pk}/undone/", {"next": url})
    assert "One transfer" not in text(client.get(url))


def test_symbol_alone_is_said(client: Client, ledger: Ledger) -> None:
    bridged = coin(ledger, "USDC")
    token = ledger.assets.create(symbol="USDC", chain="base", contract="0x1")
    make_ends(ledger, sent=("5", bridged), received=("5", token))

    page = text(client.get(PAGE))

    assert ("Only the symbol is the same" in page, "Accept the" in page) == (True, False)
