"""Marks of spam: what they hide, what comes back, what is proposed; whoever writes."""

import html
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.http import QueryDict
from django.test import Client

from contacts.models import Address
from history.actions import revert
from history.models import Entry
from ledgers.models import Ledger, Membership, User
from live.writers import Way, writing
from tests.factories import (
    make_address,
    make_contact,
    make_ledger,
    make_spam,
    make_token,
    make_transaction,
    make_user,
)
from transactions.actions.bulk import set_hidden, undo_hidden
from transactions.actions.spam import mark, mark_again, told_of, unmark, unmark_again
from transactions.filters import TransactionFilter
from transactions.models import NewRow, SpamException, SpamMark, SpamRow, Transaction
from transactions.queries import listing as listings
from transactions.queries.spam import proposals

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
LIST, SPAM = "/keller/transactions/", "/keller/spam/"


def listed(ledger: Ledger, query: str = "") -> list[str]:
    return sorted(row.note for row in TransactionFilter(QueryDict(query), ledger).rows)


def hide(row: Transaction, hidden: bool, by: User) -> None:
    set_hidden(Transaction.objects.filter(pk=row.pk), hidden, by)


def text(response: Any) -> str:
    return " ".join(html.unescape(response.content.decode()).split())


@pytest.fixture
def rows(ledger: Ledger) -> dict[str, Any]:
    """From a spammer and of a spam token; what one did oneself; and one of another ledger."""
    spammer, token = make_address(ledger), make_token(ledger)
    at = {"counterparty": spammer}
    make_transaction(ledger, note="sent by it", **at)
    make_transaction(ledger, note="zero sent by it", sent=("0", "USDC"), **at)
    make_transaction(ledger, note="sent to it", sent=("1", "ETH"), **at)
    make_transaction(ledger, note="paid for", received=("1", "ETH"), fee=("0.1", "ETH"), **at)
    make_transaction(ledger, note="hidden before", hidden=True, **at)
    make_transaction(ledger, note="token", received=("7", token))
    make_transaction(ledger, note="token sold", sent=("7", token), received=("1", "ETH"))
    make_transaction(ledger, note="both", received=("7", token), **at)
    make_transaction(ledger, note="other")
    other = make_ledger()
    make_transaction(other, note="elsewhere", counterparty=make_address(other, spammer.shown))
    return {"spammer": spammer, "token": token}


ALL = ["both", "other", "paid for", "sent by it", "sent to it", "token", "token sold"]
ALL += ["zero sent by it"]


def test_mark_hides_what_it_sent_and_nothing_else(
    ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    mark(ledger, rows["spammer"], user)

    hidden = {"sent by it", "zero sent by it", "both"}
    assert listed(ledger) == sorted(set(ALL) - hidden)
    assert set(listed(ledger, "hidden=spam")) == hidden
    assert listed(ledger, "hidden=with-spam") == ALL
    assert "hidden before" in listed(ledger, "hidden=only")
    assert Transaction.objects.get(note="elsewhere").hidden is False


def test_unmarking_shows_exactly_what_the_mark_has_hidden(
    ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    """Two marks may hide one row; a person's word on a row is kept."""
    first = mark(ledger, rows["spammer"], user)
    second = mark(ledger, rows["token"], user)
    shown = ledger.transactions.get(note="sent by it")
    hide(shown, False, user)
    hide(shown, True, user)

    unmark(ledger, first.pk)

    assert listed(ledger) == sorted(set(ALL) - {"sent by it", "token", "both"})
    unmark(ledger, second.pk)
    assert listed(ledger) == sorted(set(ALL) - {"sent by it"})
    assert not SpamRow.objects.exists()
    assert ledger.transactions.get(note="hidden before").hidden


def test_row_that_a_person_shows_stays_shown(
    ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    mark(ledger, rows["spammer"], user)

    hide(ledger.transactions.get(note="sent by it"), False, user)

    assert "sent by it" in listed(ledger)
    assert "sent by it" not in listed(ledger, "hidden=spam")


def test_what_comes_later_is_hidden_whoever_writes(
    ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    made = mark(ledger, rows["spammer"], user)

    make_transaction(ledger, note="later", counterparty=rows["spammer"])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transactions_transaction (ledger_id, wallet_id, occurred_at, type, note,"
            " received_amount, received_asset_id, counterparty_id, value_currency, tx_hash,"
            " group_key, status, hidden, created_at)"
            " SELECT ledger_id, wallet_id, now(), type, 'by SQL', received_amount,"
            " received_asset_id, counterparty_id, '', '', '', 'ok', false, now()"
            " FROM transactions_transaction WHERE note = 'sent by it'"
        )

    assert {"later", "by SQL"} <= set(listed(ledger, "hidden=spam"))
    unmark(ledger, made.pk)
    assert {"later", "by SQL"} <= set(listed(ledger))


def test_history_tells_of_the_mark_and_takes_it_back(
    client: Client, ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    Entry.objects.filter(ledger=ledger).delete()
    client.post(f"{SPAM}new/", {"address": rows["spammer"].pk})

    (entry,) = Entry.objects.filter(ledger=ledger)
    told = (entry.kind, entry.deed, entry.way, entry.by, entry.name)
    assert told == ("spam", "created", "page", user, rows["spammer"].shown)
    assert rows["spammer"].shown in text(client.get("/keller/history/"))
    member = Membership.objects.get(ledger=ledger, user=user)
    assert revert(Entry.objects.filter(pk=entry.pk), member, whole=True) == 1
    assert listed(ledger) == ALL
    back = Entry.objects.filter(ledger=ledger).latest("pk")
    assert (back.deed, back.way) == ("removed", "revert")
    assert revert(Entry.objects.filter(pk=back.pk), member, whole=True) == 1
    assert "sent by it" in listed(ledger, "hidden=spam")


def state(ledger: Ledger) -> Any:
    """Of each mark all that it says, of each row whether it is hidden, and by which marks."""
    by = {row.pk: set[int]() for row in ledger.transactions.all()}
    for row in SpamRow.objects.filter(ledger=ledger):
        by[row.transaction_id].add(row.mark_id)
    rows = {row.note: (row.hidden, by[row.pk]) for row in ledger.transactions.all()}
    return list(ledger.spam.order_by("pk").values()), rows


def undo(client: Client, response: Any) -> None:
    (message,) = response.context["messages"]
    client.post("/keller/undo/", {"token": message.extra_tags.split()[0]})


def show_all(client: Client) -> Any:
    of = {"scope": "all", "do": "show", "next": f"{LIST}?hidden=only"}
    return client.post(f"{LIST}bulk/", of, follow=True)


@pytest.fixture
def spam(ledger: Ledger, rows: dict[str, Any], user: User) -> SpamMark:
    """Of the spammer, by somebody else; a row is shown all the same, and one that was hidden."""
    made = mark(ledger, rows["spammer"], make_user("first"))
    mark(ledger, rows["token"], user)
    for note in ("sent by it", "hidden before"):
        hide(ledger.transactions.get(note=note), False, user)
    make_transaction(ledger, note="hidden since", counterparty=rows["spammer"])
    row = ledger.transactions.get(note="hidden since")
    hide(row, False, user)
    hide(row, True, user)
    return made


def test_undo_of_no_spam_brings_its_exceptions_back(
    client: Client, ledger: Ledger, spam: SpamMark
) -> None:
    before = state(ledger)

    done = client.post(f"{SPAM}{spam.pk}/removed/", follow=True)
    assert state(ledger) != before
    make_transaction(ledger, note="came meanwhile", counterparty=spam.address)
    undo(client, done)

    marks, shown = state(ledger)
    assert shown.pop("came meanwhile") == (True, {spam.pk})
    assert (marks, shown) == before


def test_undo_of_no_spam_that_was_offered_before_the_upgrade_marks_it(
    ledger: Ledger, spam: SpamMark, user: User
) -> None:
    unmark(ledger, spam.pk)

    mark_again(ledger, {"of": "address", "key": spam.address_id}, user)

    assert ledger.spam.filter(address=spam.address_id, marked_by=user).exists()


def test_mark_that_the_history_brings_back_has_its_exceptions(
    ledger: Ledger, spam: SpamMark, user: User
) -> None:
    before = state(ledger)
    unmark(ledger, spam.pk)

    member = Membership.objects.get(ledger=ledger, user=user)
    gone = Entry.objects.filter(ledger=ledger, kind="spam", deed="removed")
    assert revert(gone, member, whole=True) == 1

    assert state(ledger) == before


def test_new_mark_of_the_same_has_no_exceptions(
    ledger: Ledger, rows: dict[str, Any], spam: SpamMark, user: User
) -> None:
    unmark(ledger, spam.pk)

    mark(ledger, rows["spammer"], user)

    assert "sent by it" in listed(ledger, "hidden=spam")


def test_undo_of_showing_many_hides_each_by_what_had_hidden_it(
    client: Client, ledger: Ledger, spam: SpamMark
) -> None:
    before = state(ledger)

    done = show_all(client)
    assert not any(hidden for hidden, _by in state(ledger)[1].values())
    undo(client, done)

    assert state(ledger) == before
    unmark(ledger, spam.pk)
    assert listed(ledger, "hidden=only") == ["both", "hidden since", "token"]


@pytest.mark.parametrize("whole", [False, True])
def test_showing_that_the_history_takes_back_hides_each_by_what_had_hidden_it(
    client: Client, ledger: Ledger, spam: SpamMark, user: User, whole: bool
) -> None:
    before = state(ledger)
    last = Entry.objects.latest("pk").pk
    show_all(client)

    member = Membership.objects.get(ledger=ledger, user=user)
    shown = Entry.objects.filter(ledger=ledger, pk__gt=last, kind="transaction")
    for entries in [shown] if whole else [shown.filter(pk=each.pk) for each in shown]:
        revert(entries, member, whole)

    assert state(ledger) == before


def test_showing_is_undone_when_the_mark_is_gone_and_comes_back(
    client: Client, ledger: Ledger, rows: dict[str, Any], spam: SpamMark
) -> None:
    before = state(ledger)

    shown = show_all(client)
    unmarked = client.post(f"{SPAM}{spam.pk}/removed/", follow=True)
    undo(client, shown)
    assert not ledger.transactions.get(note="zero sent by it").hidden
    assert ledger.transactions.get(note="hidden since").hidden
    undo(client, unmarked)

    assert state(ledger) == before


def test_exceptions_go_with_their_rows_and_their_ledger(ledger: Ledger, spam: SpamMark) -> None:
    unmark(ledger, spam.pk)
    notes = SpamException.objects.filter(mark=spam.pk).values_list("transaction__note", flat=True)
    assert {*notes} == {"sent by it", "hidden before", "hidden since"}

    ledger.transactions.filter(note="hidden before").delete()
    assert notes.all().count() == 2
    ledger.delete()

    assert not SpamException.objects.exists()


def marking(ledger: Ledger, by: User, chance: Random) -> Any:
    what: Any = chance.choice([ledger.addresses.earliest("pk"), ledger.assets.exclude(contract="")])
    what = what if isinstance(what, Address) else what.get()
    last = Entry.objects.filter(ledger=ledger).count()
    made = mark(ledger, what, by)
    new = Entry.objects.filter(ledger=ledger).count() > last
    return lambda: new and unmark_again(ledger, {"mark": made.pk}, by)


def unmarking(ledger: Ledger, by: User, chance: Random) -> Any:
    if not (marks := list(ledger.spam.all())):
        return lambda: None
    gone = chance.choice(marks)
    done = told_of(gone)
    unmark(ledger, gone.pk)
    if chance.random() < 0.5:
        return lambda: mark_again(ledger, done, by)
    return taken_back(ledger, by)


def flipping(ledger: Ledger, by: User, chance: Random) -> Any:
    keys = list(ledger.transactions.values_list("pk", flat=True))
    some = ledger.transactions.filter(pk__in=chance.sample(keys, chance.randint(1, len(keys))))
    _n, done = set_hidden(some, chance.random() < 0.3, by)
    return lambda: undo_hidden(ledger, done, by)


def flipping_one(ledger: Ledger, by: User, chance: Random) -> Any:
    row = chance.choice(list(ledger.transactions.order_by("pk")))
    hide(row, not row.hidden, by)
    return taken_back(ledger, by)


def taken_back(ledger: Ledger, by: User) -> Any:
    last = Entry.objects.filter(pk=Entry.objects.filter(ledger=ledger).latest("pk").pk)
    return lambda: revert(last, Membership.objects.get(ledger=ledger, user=by), whole=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_whatever_was_done_before_undo_leaves_all_as_it_was(
    ledger: Ledger, rows: dict[str, Any], user: User, seed: int
) -> None:
    chance = Random(seed)

    for _step in range(20):
        act = chance.choice([marking, unmarking, flipping, flipping_one])
        before = state(ledger)
        with writing(Way.PAGE, user):
            back = act(ledger, user, chance)
        if chance.random() < 0.5:
            with writing(Way.UNDO, user):
                back()
            assert state(ledger) == before, act


def test_rows_that_a_mark_hides_count_as_unedited(
    ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    """Undoing an import asks about what people have worked on."""
    mark(ledger, rows["spammer"], user)

    row = ledger.transactions.get(note="sent by it")
    assert (row.edited_at, row.edited_by_id, row.version) == (None, None, 2)
    hide(row, False, user)
    row.refresh_from_db()
    assert row.edited_by == user


@pytest.mark.django_db(transaction=True)
def test_two_people_mark_at_once(ledger: Ledger, user: User) -> None:
    spammer = make_address(ledger)
    make_transaction(ledger, note="sent", counterparty=spammer)
    both = Barrier(2)

    def one(_n: int) -> int:
        both.wait()
        try:
            return mark(ledger, spammer, user).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(one, range(2)))) == 1
    assert listed(ledger, "hidden=spam") == ["sent"]


def test_list_counts_what_is_hidden_and_shows_it_in_place_but_not_in_totals(
    client: Client, ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    mark(ledger, rows["token"], user)

    page, shown = client.get(f"{LIST}?q=t"), client.get(f"{LIST}?q=t&hidden=with-spam")
    plain, revealed = client.get(LIST), client.get(f"{LIST}?hidden=with-spam")

    assert "2 hidden as spam" in text(plain)
    assert f'href="{LIST}?hidden=with-spam">Show them here' in text(plain)
    assert f'href="{LIST}">Hide them' in text(revealed)
    assert "2 hidden as spam" in text(revealed)
    assert "hidden as spam" not in text(client.get(f"{LIST}?hidden=all"))
    assert page.status_code == shown.status_code == 200
    totals = [
        {total.symbol for total in response.context["totals"]} for response in (plain, revealed)
    ]
    assert totals[0] == totals[1]
    assert len(revealed.context["groups"]) == len(plain.context["groups"]) + 2


def test_spam_page_lists_marks_and_takes_them_back(
    client: Client, ledger: Ledger, rows: dict[str, Any]
) -> None:
    made = client.post(f"{SPAM}new/", {"asset": rows["token"].pk}, follow=True)

    assert "SCAM" in text(made)
    assert "2 transactions hidden." in text(made)
    (row,) = ledger.spam.all()
    back = client.post(f"{SPAM}{row.pk}/removed/", follow=True)
    assert "Nothing is marked as spam" in text(back)
    assert listed(ledger) == ALL


@pytest.mark.parametrize("symbol", ["A&B", "Claim #1", "50%41+"])
def test_mark_leads_to_what_it_has_hidden(
    client: Client, ledger: Ledger, rows: dict[str, Any], symbol: str
) -> None:
    token = make_token(ledger, symbol)
    row = make_transaction(ledger, received=("7", token))
    make_spam(ledger, asset=rows["token"])
    make_spam(ledger, asset=token)

    urls = [item["url"] for item in client.get(SPAM).context["marks"]]

    found = [client.get(url.partition("#")[0]).context["groups"] for url in urls]
    shown = [{each.id for group in groups for each in group.rows} for groups in found]
    assert {row.pk} in shown


def test_transaction_offers_its_address_and_its_tokens(
    client: Client, ledger: Ledger, rows: dict[str, Any]
) -> None:
    both, other = (ledger.transactions.get(note=note) for note in ("both", "other"))

    page = text(client.get(f"{SPAM}new/?row={both.pk}"))

    assert rows["spammer"].shown in page
    assert rows["token"].contract in page
    assert "names no address" in text(client.get(f"{SPAM}new/?row={other.pk}"))
    assert f"spam/new/?row={both.pk}" in client.get(f"{LIST}{both.pk}/").content.decode()


def test_who_is_second_to_mark_is_offered_no_undo_of_the_first(
    client: Client, ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    mark(ledger, rows["spammer"], make_user("first"))

    page = client.post(f"{SPAM}new/", {"address": rows["spammer"].pk}, follow=True)

    (message,) = page.context["messages"]
    assert "is marked as spam" in str(message)
    assert not message.extra_tags


def test_coin_and_rows_of_others_are_not_marked(client: Client, ledger: Ledger) -> None:
    coin = make_transaction(ledger).received_asset_id
    others = make_address(make_ledger())

    statuses = [
        client.post(f"{SPAM}new/", of).status_code
        for of in ({"asset": coin}, {"address": others.pk}, {"address": "x"}, {})
    ]

    assert statuses == [404, 404, 404, 303]
    assert not SpamMark.objects.exists()


def test_annotators_read_but_do_not_mark(ledger: Ledger, annotator: User) -> None:
    client = Client()
    client.force_login(annotator)
    made = make_spam(ledger)

    page = client.get(SPAM)

    assert page.status_code == 200
    assert made.address is not None
    assert made.address.shown in text(page)
    assert "No spam" not in text(page)
    assert client.post(f"{SPAM}new/", {"address": made.address_id}).status_code == 403
    assert client.post(f"{SPAM}{made.pk}/removed/").status_code == 403


def test_what_looks_like_spam_is_proposed_with_its_reason(
    ledger: Ledger, user: User, client: Client
) -> None:
    maria = make_contact(ledger, "Maria")
    site = make_token(ledger, "Visit x-claim.com")
    fake = make_token(ledger, "UЅDC")
    alone, known, sold = (make_token(ledger, name) for name in ("LONE", "GOOD", "SOLD"))
    for token in (site, fake, alone):
        make_transaction(ledger, received=("1", token))
    make_transaction(ledger, received=("1", known), contact=maria)
    make_transaction(ledger, received=("1", sold))
    make_transaction(ledger, sent=("1", sold), received=("1", "ETH"))
    duster = make_address(ledger)
    make_transaction(ledger, received=("0.000001", "ETH"), counterparty=duster)

    found = {str(each.what): each.reason for each in proposals(ledger)}

    assert found == {
        str(site): "its name leads to a site",
        str(fake): "its symbol is drawn like USDC",
        "LONE": "it only ever came in, from nobody that is named",
        duster.shown: "only ever sent dust",
    }
    assert "only ever sent dust" in text(client.get(SPAM))
    for what in (site, duster):
        mark(ledger, what, user)
    assert len(proposals(ledger)) == 2


def test_proposals_of_a_large_ledger_come_after_the_page(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "MAX_COUNT", 1)
    for name in ("LONE", "ALONE"):
        make_transaction(ledger, received=("1", make_token(ledger, name)))
    made = make_spam(ledger)

    page, whole = text(client.get(SPAM)), text(client.get(f"{SPAM}?proposals=1"))
    then = text(client.get(f"{SPAM}?proposals=1", headers=PARTIAL))

    assert "ALONE" not in page
    assert f'hx-get="{SPAM}?proposals=1"' in page
    assert 'hx-trigger="load"' in page
    assert 'href="?proposals=1">What looks like spam' in page
    for each in (whole, then):
        assert "ALONE" in each
        assert 'hx-trigger="saved from:#spam" hx-morph-skip' in each
    assert all(f'id="spam-{made.pk}"' in each for each in (page, whole, then))


def test_spam_beside_what_is_new_is_counted_as_it_is_shown(
    client: Client, ledger: Ledger, rows: dict[str, Any], user: User
) -> None:
    mark(ledger, rows["token"], user)
    first, *others = SpamRow.objects.order_by("pk")
    NewRow.objects.filter(ledger=ledger, transaction__hidden=True).delete()
    NewRow.objects.create(
        ledger=ledger, transaction=first.transaction, reader=0, why="came", listed=False
    )

    numbers = {
        which: TransactionFilter(QueryDict(f"review={which}"), ledger).spam(most=10)
        for which in ("new", "reviewed")
    }

    shown = {
        which: len(listed(ledger, f"review={which}&hidden=spam")) for which in ("new", "reviewed")
    }
    assert numbers == shown == {"new": 1, "reviewed": len(others)}


def test_mark_that_is_taken_back_while_somebody_else_makes_it_is_made(
    ledger: Ledger, user: User
) -> None:
    address = make_address(ledger)
    first = mark(ledger, address, user)
    before = [first.pk]

    def taken_back(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT") and before:
            unmark(ledger, before.pop())
        return execute(sql, *rest)

    with connection.execute_wrapper(taken_back):
        second = mark(ledger, address, user)

    assert second.pk != first.pk
    assert list(SpamMark.objects.all()) == [second]
