"""What cannot be seen is made visible, so that two texts that look alike are alike."""

import re
import sys
import unicodedata

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from contacts.models import Contact, Wallet
from ledgers.models import Ledger
from live.admin import admin_url
from tests.factories import make_address, make_contact, make_label, make_transaction, make_wallet
from transactions.models import Asset, Label
from txproject.text import isolated, symbol, visible

# Drawn as nothing, or as something else than where it stands in the text.
KINDS = {"Cc", "Cf", "Zl", "Zp", "Zs"}


def test_every_character_that_is_not_seen_is_shown_by_its_code_point() -> None:
    every = (chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF)
    unseen = [char for char in every if unicodedata.category(char) in KINDS and char != " "]
    assert len(unseen) > 200
    for char in [*unseen, "\u115f", "\u3164", "\u034f", "\ufe0f", "\U000e0100", "\u2800"]:
        code = f"U+{ord(char):04X}"
        assert visible(f"US{char}DC") == f"US⟨{code}⟩DC"
        assert re.sub("<[^>]*>", "", isolated(f"US{char}DC")) == f"US{code}DC"
        assert char not in isolated(f"US{char}DC") + symbol(f"US{char}DC")


@pytest.mark.parametrize("text", ["USDC", "Anna Keller", "a-b_c (d)", "0x12…ab"[:4], ""])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == isolated(text) == symbol(text) == text


@pytest.mark.parametrize(
    "text", ["Žofie", "Анна", "東京", "❤\ufe0f", "👨\u200d👩\u200d👧", "می\u200cخ"]
)
def test_names_of_all_languages_and_pictures_stay_legible(text: str) -> None:
    assert isolated(text) == f"<bdi>{text}</bdi>"
    assert visible(text).strip("\u2068\u2069") == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" USDC", "⟨U+0020⟩USDC"),
        ("USDC ", "USDC⟨U+0020⟩"),
        ("US  DC", "US ⟨U+0020⟩DC"),
        ("US\u200dDC", "US⟨U+200D⟩DC"),
        ("U\ufe0fSDC", "U⟨U+FE0F⟩SDC"),
        ("شركة", "\u2068شركة\u2069"),
    ],
)
def test_spaces_and_joiners_where_they_do_not_belong(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_markup_in_a_text_is_text() -> None:
    for show in (isolated, symbol):
        assert show("<b>\u200b").startswith("<bdi>&lt;b&gt;")
        assert show("<b>") == "&lt;b&gt;"


def test_letter_of_another_script_in_a_ticker_is_marked() -> None:
    assert symbol("USD\u0421") == (
        '<bdi>USD<span class="foreign" title="cyrillic capital letter es">\u0421</span></bdi>'
    )


SPOOFS = ["US\u200bDC", "\u202eCDSU", "USDC\u2069", "USDC\x1b", "\ufeffUSDC", "USDC "]


@pytest.fixture
def spoofed(ledger: Ledger) -> Ledger:
    """Every kind of name, spoofed in every way, as files may bring them."""
    for n, name in enumerate(SPOOFS):
        contact = Contact.objects.create(ledger=ledger, name=name)
        wallet = Wallet.objects.create(ledger=ledger, name=name)
        label = Label.objects.create(ledger=ledger, name=name)
        asset = Asset.objects.create(
            ledger=ledger, symbol=name, name=name, chain="e", contract=str(n)
        )
        address = make_address(ledger, contact=contact)
        with_all = {"wallet": wallet, "received": ("1", asset), "labels": [label], "note": name}
        make_transaction(ledger, counterparty=address, **with_all)
        make_transaction(ledger, counterparty=make_address(ledger), **with_all)
    return ledger


PAGES = [
    "transactions/",
    "transactions/totals/",
    "contacts/",
    "unidentified/",
    "wallets/",
    "labels/",
]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_spoofed_name_as_the_clean_one(
    client: Client, spoofed: Ledger, page: str
) -> None:
    html = client.get(f"/{spoofed.slug}/{page}").content.decode()

    assert "U+200B" in html
    assert "U+202E" in html
    assert seen_as_clean(html) == []


def seen_as_clean(html: str) -> list[str]:
    """Pieces of text with a character that is not seen; what a field holds is not shown."""
    texts = re.sub(r"<(script|style).*?</\1>|<[^>]*>", "\n", html, flags=re.DOTALL).split("\n")
    return [text for text in texts if re.search("[\u200b\u202e\u2069\x1b\ufeff]", text)]


def test_details_and_editors_show_no_spoofed_name_as_the_clean_one(
    client: Client, spoofed: Ledger
) -> None:
    row = spoofed.transactions.filter(counterparty__contact__isnull=False).earliest("pk")
    contact, label = spoofed.contacts.earliest("pk"), spoofed.labels.earliest("pk")
    wallet = spoofed.wallets.earliest("pk")
    base = f"/{spoofed.slug}"
    for path in (
        *(f"{base}/transactions/{row.pk}/{what}" for what in ("", "labels/", "contact/", "type/")),
        *(f"{base}/contacts/{contact.pk}/{what}" for what in ("", "merge/", "delete/", "totals/")),
        *(f"{base}/labels/{label.pk}/{what}" for what in ("", "merge/", "removed/")),
        f"{base}/wallets/{wallet.pk}/addresses/",
        f"{base}/suggest/labels/?q=US",
        f"{base}/suggest/contacts/?q=US",
        f"{base}/transactions/?wallet={wallet.pk}&label={label.pk}&contact={contact.pk}",
        f"{base}/transactions/?q=nothing",
    ):
        assert seen_as_clean(client.get(path).content.decode()) == [], path


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("contacts/new/", "contact_name"),
        ("labels/new/", "name"),
        ("wallets/new/", "name"),
    ],
)
def test_person_writes_no_name_with_what_nobody_can_see(
    client: Client, ledger: Ledger, path: str, field: str
) -> None:
    more = {"version": "1", "kind": "other", "colour": "blue"}
    answer = client.post(f"/keller/{path}", {field: "Ro\u200bss", **more})

    assert answer.status_code == 422
    assert "a character in it that nobody can see: U+200B" in answer.content.decode()
    made = (ledger.contacts, ledger.labels, ledger.wallets)
    assert not any(rows.exists() for rows in made)


def test_label_that_a_file_brought_is_recoloured_under_its_name(
    client: Client, ledger: Ledger
) -> None:
    label = make_label(ledger, "ta\u200bx")
    data = {"name": "ta\u200bx", "colour": "red", "version": label.version}

    assert client.post(f"/keller/labels/{label.pk}/", data).status_code == 303
    assert ledger.labels.get().colour == "red"


def test_contact_that_a_file_brought_can_be_chosen_for_an_address(
    client: Client, ledger: Ledger
) -> None:
    make_contact(ledger, "Ro\u200bss")
    address = make_address(ledger)
    make_transaction(ledger, counterparty=address, wallet=make_wallet(ledger))
    data = {"contact_name": "Ro\u200bss", "version": address.version}

    assert client.post(f"/keller/unidentified/{address.pk}/", data).status_code == 303
    address.refresh_from_db()
    assert address.contact == ledger.contacts.get()


@pytest.mark.slow
def test_no_list_of_the_admin_shows_a_spoofed_name_as_the_clean_one(
    admin_client: Client, spoofed: Ledger
) -> None:
    for model in admin.site._registry:
        html = admin_client.get(reverse(admin_url(model, "changelist"))).content.decode()

        assert seen_as_clean(html) == [], model
