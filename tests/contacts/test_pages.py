"""Contacts: list, one contact, what is written there, and what two people do at once."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.admin import ContactAdmin
from contacts.models import Address, Contact
from ledgers.models import Ledger
from tests.contacts.helpers import BESIDES, WRITTEN, written
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_ledger,
    make_transaction,
    make_wallet,
)
from transactions.models import Transaction

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
BITCOIN = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
EVM = "0x52908400098527886E0F7030069857D2E4169EE7"


def url(name: str, ledger: Ledger, *rows: Any) -> str:
    return reverse(name, args=[ledger.slug, *(row.pk for row in rows)])


def page(client: Client, path: str, **kwargs: Any) -> str:
    response = client.get(path, **kwargs)
    assert response.status_code == 200
    return unmarked(response.content.decode())


def unmarked(text: str) -> str:
    return text.replace("<mark>", "").replace("</mark>", "")


def undo(client: Client, ledger: Ledger, html: str) -> str:
    """Press the undo of the message on this page; what is said then."""
    token = re.search(r'name="token" value="([^"]+)"', html)
    assert token
    return client.post(
        url("undo", ledger), {"token": token[1], "next": url("contact_list", ledger)}, follow=True
    ).content.decode()


def make_known(ledger: Ledger, name: str, n: int = 1, **kw: Any) -> Contact:
    """A contact with an address and n transactions with it."""
    contact = make_contact(ledger, name, **kw)
    address = make_address(ledger, contact=contact)
    for _ in range(n):
        make_transaction(ledger, counterparty=address)
    return contact


@pytest.mark.parametrize("item_count", [1, 30])
def test_list_sends_as_many_queries_with_one_contact_as_with_thirty(
    client: Client, ledger: Ledger, item_count: int, django_assert_num_queries: Any
) -> None:
    for n in range(item_count):
        make_known(ledger, f"Contact {n}")

    with django_assert_num_queries(10):
        html = page(client, url("contact_list", ledger))

    assert html.count('<a class="open"') == item_count


@pytest.mark.parametrize("item_count", [1, 30])
def test_contact_sends_as_many_queries_with_one_row_as_with_thirty(
    client: Client, ledger: Ledger, item_count: int, django_assert_num_queries: Any
) -> None:
    contact = make_contact(ledger)
    for _ in range(item_count):
        make_transaction(ledger, counterparty=make_address(ledger, contact=contact))

    with django_assert_num_queries(21):
        html = page(client, url("contact", ledger, contact))

    assert len(re.findall(r'\bid="t\d+"', html)) == item_count


def test_list_says_how_many_addresses_and_transactions_and_when(
    client: Client, ledger: Ledger
) -> None:
    maria = make_known(ledger, "Maria", n=2, note="the landlady")
    make_transaction(ledger, contact=maria, occurred_at="2026-06-07T12:00:00Z")
    elsewhere = make_address(ledger, contact=maria)
    make_transaction(ledger, counterparty=elsewhere, contact=make_contact(ledger, "Jonas"))
    make_transaction(ledger, counterparty=elsewhere, hidden=True)
    make_transaction(ledger, counterparty=elsewhere, deleted_at=NOON)

    html = page(client, url("contact_list", ledger))

    maria_row = html[html.index("Maria") :]
    cells = re.findall(r'class="num" data-l="[^"]+"><span>([^<]+)<', maria_row)[:3]
    assert cells == ["2", "3", "7 Jun 2026"]
    assert "the landlady" in html


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("mar", ["Maria"]),
        ("LAND", ["Maria"]),
        (EVM[:8].lower(), ["Jonas"]),
        ("zzz", []),
        ("", ["Jonas", "Maria"]),
    ],
)
def test_list_is_searched_by_name_note_and_address(
    client: Client, ledger: Ledger, q: str, found: list[str]
) -> None:
    make_contact(ledger, "Maria", note="landlady")
    make_address(ledger, EVM, contact=make_contact(ledger, "Jonas"))
    make_contact(make_ledger(), "Maria of others")

    html = page(client, url("contact_list", ledger), query_params={"q": q})

    assert re.findall(r"</span>(\w+)</a>", html) == found


def test_list_holds_each_contact_once_over_its_pages(client: Client, ledger: Ledger) -> None:
    for n in range(60):
        make_contact(ledger, f"Contact {n:02}")
    path = url("contact_list", ledger)

    pages = [page(client, f"{path}?size=25&page={n}") for n in (1, 2, 3)]

    names = [name for html in pages for name in re.findall(r"</span>(Contact \d+)</a>", html)]
    assert names == [f"Contact {n:02}" for n in range(60)]


def test_contact_shows_addresses_of_several_chains_transactions_and_totals(
    client: Client, ledger: Ledger
) -> None:
    maria = make_contact(ledger, "Maria", note="two\nlines")
    at = make_address(ledger, EVM, contact=maria, note="old one")
    make_address(ledger, BITCOIN, contact=maria)
    make_transaction(ledger, counterparty=at, sent=("1.5", "ETH"), type="payment", note="rent")
    make_transaction(ledger, note="not hers")

    html = page(client, url("contact", ledger, maria))

    for text in (
        EVM,
        BITCOIN,
        "EVM, every chain",
        "Bitcoin",
        "old one",
        "two<br>lines",
        "−1.5",
        "rent",
    ):
        assert text in html
    assert "not hers" not in html


def test_every_field_of_a_contact_is_shown_and_can_be_written(
    client: Client, ledger: Ledger
) -> None:
    texts = written("Maria")
    maria = make_contact(ledger, "Maria", **texts)

    shown, new = (
        page(client, url("contact", ledger, maria)),
        page(client, url("contact_new", ledger)),
    )

    assert [name for name in BESIDES if texts[name] not in shown] == []
    assert [name for name in BESIDES if f'name="{name}"' not in new] == []
    assert set(WRITTEN) <= set(ContactAdmin.fields)


def test_bulk_of_a_contacts_page_means_its_transactions_and_no_others(
    client: Client, ledger: Ledger
) -> None:
    maria = make_known(ledger, "Maria", n=2)
    make_transaction(ledger)

    html = page(client, url("contact", ledger, maria))
    bar = html[html.index('id="bulk"') :]
    where = re.search(r'name="next" value="([^"]+)"', bar)
    assert where

    asked = page(client, url("transaction_bulk", ledger), query_params={"next": where[1]})
    assert "all 2 transactions that fit the filter" in asked


def test_contact_is_created_with_an_address_and_names_its_transactions(
    client: Client, ledger: Ledger, user: Any
) -> None:
    make_transaction(ledger, counterparty=make_address(ledger, EVM))
    given = {"contact_name": " Maria  Keller ", "address": EVM.lower(), "note": "a\r\nb"}

    response = client.post(url("contact_new", ledger), given)

    maria = Contact.objects.get()
    assert (response.status_code, response.headers["Location"]) == (
        303,
        url("contact", ledger, maria),
    )
    assert (maria.name, maria.note, maria.edited_by) == ("Maria Keller", "a\nb", user)
    assert Address.objects.get().contact == maria
    assert "Maria Keller" in page(client, f"/{ledger.slug}/transactions/")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"contact_name": "MARIA"}, "There is a contact “Maria” already."),
        ({"contact_name": ""}, "This field is required."),
        ({"contact_name": "New", "address": "0x12"}, "an address has 40"),
        ({"contact_name": "New", "address": EVM.lower()}, "it is Maria’s"),
        ({"contact_name": "New", "address": BITCOIN}, "This address is your own: Cold BTC."),
        ({"contact_name": "New", "address": EVM, "chain": "bitcoin"}, "not of bitcoin"),
    ],
)
def test_contact_that_cannot_be_is_refused_and_nothing_is_written(
    client: Client, ledger: Ledger, given: dict[str, str], said: str
) -> None:
    make_address(ledger, EVM, contact=make_contact(ledger, "Maria"))
    make_address(ledger, BITCOIN, wallet=make_wallet(ledger, "Cold BTC"))

    response = client.post(url("contact_new", ledger), given)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, PARTIAL])
@pytest.mark.parametrize("what", ["name", "note", "address", "merge"])
def test_editor_of_a_contact_opens_as_a_page_and_as_a_fragment(
    client: Client, ledger: Ledger, what: str, headers: dict[str, str]
) -> None:
    html = page(client, url(f"contact_{what}", ledger, make_contact(ledger)), headers=headers)

    assert ("<html" in html) is (headers == {})
    assert 'class="editor' in html


def test_rename_changes_one_row_and_every_page(client: Client, ledger: Ledger) -> None:
    maria = make_known(ledger, "Maria", n=3)
    before = list(Transaction.objects.values_list("version", flat=True))

    response = client.post(
        url("contact_name", ledger, maria), {"contact_name": "Maria Keller", "version": 1}
    )

    assert response.status_code == 303
    assert list(Transaction.objects.values_list("version", flat=True)) == before
    for path in (f"/{ledger.slug}/transactions/", url("contact_list", ledger)):
        assert "Maria Keller" in page(client, path)


def test_rename_to_a_name_that_is_taken_is_refused(client: Client, ledger: Ledger) -> None:
    make_contact(ledger, "Jonas")
    maria = make_contact(ledger, "Maria")
    path = url("contact_name", ledger, maria)

    response = client.post(path, {"contact_name": "jonas", "version": 1})
    own = client.post(path, {"contact_name": "MARIA", "version": 1})

    assert (response.status_code, own.status_code) == (422, 303)
    assert Contact.objects.get(pk=maria.pk).name == "MARIA"


@pytest.mark.parametrize(
    ("what", "field", "theirs"), [("name", "contact_name", "name"), ("note", "note", "note")]
)
def test_two_people_who_edit_one_contact_both_keep_their_text(
    client: Client, ledger: Ledger, annotator: Any, what: str, field: str, theirs: str
) -> None:
    maria = make_contact(ledger, "Maria")
    Contact.objects.write(maria.pk, expected_version=1, by=annotator, **{theirs: "Written by Ben"})
    path = url(f"contact_{what}", ledger, maria)

    response = client.post(path, {field: "Mine of Ana", "version": 1}, headers=PARTIAL)

    html = unmarked(response.content.decode())
    assert response.status_code == 409
    for text in ("Written by Ben", "Mine of Ana", "ben saved this at", 'value="2"'):
        assert text in html
    assert getattr(Contact.objects.get(), theirs) == "Written by Ben"
    assert client.post(path, {field: "Mine of Ana", "version": 2}).status_code == 303
    assert getattr(Contact.objects.get(), theirs) == "Mine of Ana"


def test_address_note_is_written(client: Client, ledger: Ledger) -> None:
    at = make_address(ledger, contact=make_contact(ledger))

    saved = client.post(url("address_note", ledger, at), {"note": "until 2025", "version": 1})
    late = client.post(url("address_note", ledger, at), {"note": "mine", "version": 1})

    assert (saved.status_code, late.status_code) == (303, 409)
    assert Address.objects.get().note == "until 2025"


def test_address_of_another_chain_is_added_and_names_at_once(
    client: Client, ledger: Ledger
) -> None:
    maria = make_known(ledger, "Maria")
    make_transaction(ledger, counterparty=make_address(ledger, BITCOIN, note="seen"), note="new")

    client.post(url("contact_address", ledger, maria), {"address": BITCOIN.upper(), "note": "cold"})

    at = Address.objects.get(normalised=BITCOIN)
    assert (at.contact, at.note) == (maria, "seen\n\ncold")
    assert page(client, f"/{ledger.slug}/transactions/").count('<b class="name">Maria</b>') == 2


def test_address_that_is_in_the_book_says_whose_it_is(client: Client, ledger: Ledger) -> None:
    jonas = make_contact(ledger, "Jonas")
    make_address(ledger, EVM, contact=jonas)

    response = client.post(
        url("contact_address", ledger, make_contact(ledger)), {"address": EVM.lower()}
    )

    html = response.content.decode()
    assert response.status_code == 422
    assert "it is Jonas’s" in html
    assert url("contact", ledger, jonas) in html


def test_address_is_taken_away_and_given_back(client: Client, ledger: Ledger) -> None:
    maria = make_known(ledger, "Maria")
    at = Address.objects.get()

    response = client.post(url("address_release", ledger, at), {"version": 1}, follow=True)

    assert Address.objects.get().contact is None
    assert "again" in undo(client, ledger, response.content.decode())
    assert Address.objects.get().contact == maria


def test_address_that_somebody_changed_is_not_taken_away(client: Client, ledger: Ledger) -> None:
    maria = make_known(ledger, "Maria")
    at = Address.objects.get()
    Address.objects.write(at.pk, expected_version=1, by=None, note="keep this")

    response = client.post(url("address_release", ledger, at), {"version": 1})

    assert (response.status_code, Address.objects.get().contact) == (409, maria)


def test_delete_says_what_loses_its_name_and_keeps_the_rest(client: Client, ledger: Ledger) -> None:
    maria = make_known(ledger, "Maria", n=3)
    make_transaction(ledger, contact=maria, note="stays")
    path = url("contact_delete", ledger, maria)

    asked = page(client, path)
    response = client.post(path, {"version": 1})

    text = " ".join(re.sub("<[^>]+>", " ", asked).split())
    assert "1 address and 4 transactions lose the name." in text
    assert response.status_code == 303
    assert not Contact.objects.exists()
    assert (Address.objects.count(), Transaction.objects.count()) == (1, 4)
    assert not Transaction.objects.filter(contact__isnull=False).exists()


def test_delete_of_a_contact_that_somebody_changed_asks_again(
    client: Client, ledger: Ledger, annotator: Any
) -> None:
    maria = make_contact(ledger, "Maria")
    Contact.objects.write(maria.pk, expected_version=1, by=annotator, note="important")

    response = client.post(url("contact_delete", ledger, maria), {"version": 1})

    assert response.status_code == 409
    assert "important" in response.content.decode()
    assert Contact.objects.exists()


def test_deleted_contact_comes_back_by_undo(client: Client, ledger: Ledger) -> None:
    maria = make_known(ledger, "Maria", n=2, **written("Maria", note="n" * 10_000))
    make_transaction(ledger, contact=maria)
    make_transaction(ledger)
    before = state(ledger)

    response = client.post(url("contact_delete", ledger, maria), {"version": 1}, follow=True)
    said = undo(client, ledger, response.content.decode())

    assert "Maria is back." in said
    assert state(ledger) == before


def test_contact_that_is_back_is_newer_than_what_was_open(client: Client, ledger: Ledger) -> None:
    """Who had its note open before it was changed and deleted overwrites nothing."""
    maria = make_contact(ledger, "Maria")
    note = url("contact_note", ledger, maria)
    for version, text in ((1, "old"), (2, "new")):
        assert client.post(note, {"version": version, "note": text}).status_code < 400
    response = client.post(url("contact_delete", ledger, maria), {"version": 3}, follow=True)
    undo(client, ledger, response.content.decode())

    late = client.post(note, {"version": 2, "note": "late"})

    assert late.status_code == 409
    assert Contact.objects.get().note == "new"
    assert Contact.objects.get().version > 3


def test_deleted_contact_comes_back_without_what_was_changed_since(
    client: Client, ledger: Ledger
) -> None:
    maria = make_known(ledger, "Maria")
    own = make_transaction(ledger, contact=maria)
    response = client.post(url("contact_delete", ledger, maria), {"version": 1}, follow=True)
    ben = make_contact(ledger, "Ben")
    ledger.addresses.update(contact=ben)
    ledger.transactions.filter(pk=own.pk).update(note="newer")

    said = undo(client, ledger, response.content.decode())

    assert "Maria is back. 1 address was changed since and stays as it is." in said
    assert "1 transaction was changed since and stays as it is." in said
    assert ledger.addresses.get().contact == ben
    assert ledger.transactions.get(pk=own.pk).contact is None


def test_deleted_contact_does_not_come_back_over_a_new_one(client: Client, ledger: Ledger) -> None:
    maria = make_contact(ledger, "Maria")
    response = client.post(url("contact_delete", ledger, maria), {"version": 1}, follow=True)
    make_contact(ledger, "maria")

    said = undo(client, ledger, response.content.decode())

    assert "There is a contact “Maria” again" in said
    assert Contact.objects.count() == 1


def test_suggestions_for_a_merge_are_the_others(client: Client, ledger: Ledger) -> None:
    maria, mary = make_contact(ledger, "Maria"), make_contact(ledger, "Mary")
    path = url("suggest_contacts", ledger)

    found = page(client, path, data={"q": "mar", "other_than": maria.pk})

    assert re.findall(r'data-name="([^"]+)"', found) == [mary.name]
    assert "New contact" not in found
    assert "New contact" in page(client, path, data={"q": "mar"})


@pytest.fixture
def two(ledger: Ledger) -> tuple[Contact, Contact]:
    """Both with a text in every field, an address and a transaction; Mary with one of her own."""
    maria = make_known(ledger, "Maria", **written("Maria", note="first"))
    mary = make_known(ledger, "Mary", **written("Mary", note="second"))
    make_transaction(ledger, contact=mary)
    return maria, mary


def merged(client: Client, ledger: Ledger, kept: Contact, name: str) -> str:
    path = url("contact_merge", ledger, kept)
    response = client.post(path, {"contact_name": name}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def state(ledger: Ledger) -> list[Any]:
    return [
        sorted(ledger.contacts.values_list("pk", *WRITTEN, "created_at")),
        sorted(ledger.addresses.values_list("pk", "contact", "note")),
        sorted(ledger.transactions.values_list("pk", "contact"), key=str),
    ]


def test_merge_loses_nothing(client: Client, ledger: Ledger, two: tuple[Contact, Contact]) -> None:
    maria, _mary = two

    html = merged(client, ledger, maria, "mary")

    assert "Mary is Maria now." in html
    kept = Contact.objects.get()
    assert (kept.name, kept.note) == ("Maria", "first\n\nsecond")
    assert set(ledger.addresses.values_list("contact", flat=True)) == {maria.pk}
    assert list(ledger.transactions.filter(contact=maria).values_list("contact")) == [(maria.pk,)]


def test_merge_is_undone_to_the_letter(
    client: Client, ledger: Ledger, two: tuple[Contact, Contact]
) -> None:
    before = state(ledger)

    said = undo(client, ledger, merged(client, ledger, two[0], "Mary"))

    assert "two contacts again" in said
    assert state(ledger) == before


def test_merge_is_not_undone_once_the_contact_was_changed(
    client: Client, ledger: Ledger, two: tuple[Contact, Contact]
) -> None:
    html = merged(client, ledger, two[0], "Mary")
    version = Contact.objects.get().version
    Contact.objects.write(two[0].pk, expected_version=version, by=None, note="newer")
    before = state(ledger)

    said = undo(client, ledger, html)

    assert "Not undone. The contact was changed in the meantime." in said
    assert state(ledger) == before


def test_merge_undone_leaves_an_address_that_was_changed_since(
    client: Client, ledger: Ledger, two: tuple[Contact, Contact]
) -> None:
    html = merged(client, ledger, two[0], "Mary")
    at = Address.objects.order_by("pk").last()
    assert at
    Address.objects.write(at.pk, expected_version=at.version, by=None, note="newer")

    said = undo(client, ledger, html)

    assert "1 address was changed since and stays with Maria." in said
    assert set(ledger.addresses.values_list("contact__name", flat=True)) == {"Maria"}


def test_merge_undone_tells_of_a_transaction_that_was_changed_since(
    client: Client, ledger: Ledger, two: tuple[Contact, Contact]
) -> None:
    html = merged(client, ledger, two[0], "Mary")
    ledger.transactions.filter(contact=two[0]).update(note="newer")

    said = undo(client, ledger, html)

    assert "two contacts again. 1 transaction was changed since and stays with Maria." in said
    assert ledger.transactions.get(note="newer").contact == two[0]


def test_merge_is_not_undone_over_a_new_contact_of_that_name(
    client: Client, ledger: Ledger, two: tuple[Contact, Contact]
) -> None:
    html = merged(client, ledger, two[0], "Mary")
    make_contact(ledger, "Mary")

    assert "There is a contact “Mary” again" in undo(client, ledger, html)
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("name", ["Maria", "Nobody", ""])
def test_merge_with_itself_or_nobody_is_refused(
    client: Client, ledger: Ledger, two: tuple[Contact, Contact], name: str
) -> None:
    before = state(ledger)

    response = client.post(url("contact_merge", ledger, two[0]), {"contact_name": name})

    assert (response.status_code, state(ledger)) == (422, before)


@pytest.mark.parametrize("token", ["", "nonsense", "tampered"])
def test_undo_takes_only_what_was_offered_in_this_ledger(
    client: Client, ledger: Ledger, two: tuple[Contact, Contact], user: Any, token: str
) -> None:
    html = merged(client, ledger, two[0], "Mary")
    before = state(ledger)
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found
    sent = found[1][:-1] if token == "tampered" else token

    said = client.post(url("undo", ledger), {"token": sent}, follow=True)
    other = make_ledger(owner=user)
    elsewhere = client.post(url("undo", other), {"token": found[1]}, follow=True)

    for response in (said, elsewhere):
        assert "Not undone." in response.content.decode()
    assert state(ledger) == before
