"""The search field: words for every filter, resolved in the ledger, completed, and back."""

import html
import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledgers.models import Ledger
from tests.factories import (
    make_address,
    make_batch,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
)
from transactions.filters import EVERY_FILTER, TransactionFilter
from transactions.find.completion import offers
from transactions.find.meaning import understood
from transactions.find.spelling import in_search
from transactions.find.words import as_text, parsed, spelled, text_of
from transactions.models import Asset
from transactions.queries.saved_views import normalised

LIST = "/keller/transactions/"
SOME = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# What a language of words could stumble over.
ODD = st.text(st.sampled_from(' \t\n"\\:,-.aZя0€\u200b😀>'), min_size=1, max_size=8)

MEANT = {
    "label:tax": "label={tax}",
    "LABEL:TAX": "label={tax}",
    "label:tax,Taxi": "label={tax}&label={Taxi}",
    "label:tax label:taxi": "label={tax}&label={Taxi}",
    "label:office": "label={tax office}",
    'label:"tax office"': "label={tax office}",
    "label:none": "label=none",
    'label:"none"': "label={none}",
    "-label:tax": "label={tax}&label_not=1",
    "label:taxi -label:tax": "label={Taxi}&label_but={tax}",
    "is:unlabelled": "label=none",
    "-is:unlabelled": "label=none&label_not=1",
    "wallet:kraken": "wallet={Kraken}",
    'wallet:"Cold, old"': "wallet={Cold, old}",
    "type:fee,gift": "type=fee&type=gift",
    "-type:Airdrop": "type=airdrop&type_not=1",
    "asset:ETH": "asset=ETH",
    "asset:eth": "asset=eth",
    "asset:usd": "asset=USDC",
    'contact:"blue harbor"': "contact={Blue Harbor}",
    "contact:harb": "contact={Blue Harbor}",
    "source:kraken": "source=kraken_ledgers",
    "-source:koinly": "source=koinly&source_not=1",
    "amount:>100": "above=100",
    "amount:>=0.5 amount:<7": "min=0.5&below=7",
    "amount:5..10": "min=5&max=10",
    "amount:5": "min=5&max=5",
    "before:2024-01": "until=2023-12-31",
    "before:2024": "until=2023-12-31",
    "after:2024-02": "since=2024-03-01",
    "since:2024-02-29 until:2024-02": "since=2024-02-29&until=2024-02-29",
    "since:31.01.2024": "since=2024-01-31",
    "until:9999": "until=9999-12-31",
    "date:1900-02": "since=1900-02-01&until=1900-02-28",
    "date:2000-02": "since=2000-02-01&until=2000-02-29",
    "until:2024-04": "until=2024-04-30",
    "date:2024": "since=2024-01-01&until=2024-12-31",
    "date:2023-11..2024-02": "since=2023-11-01&until=2024-02-29",
    "-before:2024": "since=2024-01-01",
    "-since:2024": "until=2023-12-31",
    "address:0xabc": "address=0xabc",
    "-address:0xabc": "address_but=0xabc",
    "hash:0x123 -hash:0x1234": "hash=0x123&hash_but=0x1234",
    'note:"paid back"': "note=paid+back",
    "-note:paid -note:back": "note_but=paid&note_but=back",
    "is:hidden": "hidden=only",
    "hidden:all": "hidden=all",
    "is:failed": "status=failed",
    "-is:failed": "status=ok",
    "-status:ok": "status=failed",
    "transfers:once": "transfers=once",
    "import:12": "batch=12",
    "rent label:tax paid": "label={tax}&q=rent+paid",
    "-rent": "q_but=rent",
    '-"pre paid" label:tax': "q_but=pre+paid&label={tax}",
    '"label:tax" is:failed': "status=failed&q=%22label:tax%22",
    "метка:tax до:2024": "label={tax}&until=2023-12-31",
}
REFUSED = {
    "label:txa": "no label is called “txa”; did you mean tax?",
    "contact:nobody": "no contact is called “nobody”",
    "label:ta": "“ta” may be Taxi, tax, tax office",
    "wallet:krake": "“krake” may be Kraken, My Kraken",
    "asset:Eth": "“Eth” may be ETH, eth",
    "type:theft": "no type is called “theft”",
    "source:nexo": "no imported file has the format “nexo”",
    "lable:tax": 'no word “lable:”; as text it is written "lable:tax"; did you mean label:',
    "label:": "label: says nothing; write label:tax",
    '""': '"" says nothing; write rent',
    '-"" rent': '-"" says nothing',
    '" "': '" " says nothing',
    "label:tax,": "label:tax, says nothing",
    "before:soon": "before:soon is not like before:2024-01",
    "before:2024-13": "before:2024-13 is not like",
    "before:0001": "before:0001 is not like",
    "after:9999": "after:9999 is not like",
    "-date:2024": "-date:2024 is not like",
    "amount:many": "amount:many is no amount",
    "amount:>NaN": "amount:>NaN is no amount",
    "-amount:>5": "a minus has no meaning here",
    "is:old": "is:old is not one of hidden, failed, spam, new, unlabelled",
    "import:x": "import:x is no number",
    "hash:12": "hash:12 is too short",
    "note:!": "note:! has no letter",
    "since:2024 after:2023": "after:2023 says something else than a word before it",
    'label:"tax': 'a quotation mark is not closed: label:"tax',
    "label:x " * 51: "more than 50 words",
}
FINDS = {
    "-first": "second third",
    "-note:first": "second third",
    "-hash:0xaaa": "second third",
    "-address:0x5290": "second third",
    "address:0x5290": "first",
    "hash:0xAAA": "first",
    "note:sec": "second",
    "amount:>1": "second",
    "amount:<1": "third",
    "source:koinly": "third",
    "-source:koinly": "first second",
    "contact:maria": "first second",
    "contact:maria,jo -contact:jo": "first second",
    "type:deposit -contact:maria": "third",
    "asset:ETH -asset:BTC": "first second",
    "label:a -label:b": "first",
}
GOES_ON = {
    "lab": ["label:"],
    "rent -lab": ["rent -label:"],
    "label:tax": ["label:tax ", "label:Taxi ", 'label:"tax office" '],
    "-label:tax,pre": ['-label:tax,"pre paid" '],
    'label:"pre p': ['label:"pre paid" '],
    "label:no": ['label:"none" ', "label:none "],
    "is:h": ["is:hidden "],
    "krak": ["wallet:Kraken ", 'wallet:"My Kraken" '],
    "метка:pre": ['метка:"pre paid" '],
    "type:airdr": ["type:airdrop "],
    "before:2024": [],
    "nothing:such": [],
}


@pytest.fixture
def names(ledger: Ledger) -> dict[str, Any]:
    """What the words below name, and rows of another ledger that are called the same."""
    found: dict[str, Any] = {}
    for where in (make_ledger(), ledger):
        for name in ("tax", "Taxi", "none", "pre paid", "tax office"):
            found[name] = str(make_label(where, name).pk)
        for name in ("Kraken", "My Kraken", "Cold, old"):
            found[name] = str(make_wallet(where, name).pk)
        found["Blue Harbor"] = str(make_contact(where, "Blue Harbor").pk)
        make_batch(where, format="kraken_ledgers")
        make_batch(where, format="koinly")
        for symbol in ("ETH", "eth", "USDC"):
            Asset.objects.create(ledger=where, symbol=symbol)
    return found


def asked(**values: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(values)
    return query


def searched(ledger: Ledger, search: str, query: str = "") -> tuple[str, list[str]]:
    """The parameters that a search gives, and what is wrong with it."""
    asked = QueryDict(query, mutable=True)
    asked["q"] = search
    found, mistakes = understood(asked, ledger)
    return found.urlencode(), mistakes


def parameters(text: str, names: dict[str, Any]) -> dict[str, list[str]]:
    return dict(QueryDict(text.format_map(names)).lists())


def test_words_are_the_filters(ledger: Ledger, names: dict[str, Any]) -> None:
    found = {search: searched(ledger, search) for search in MEANT}

    assert {search: mistakes for search, (_query, mistakes) in found.items() if mistakes} == {}
    assert {search: dict(QueryDict(query).lists()) for search, (query, _no) in found.items()} == {
        search: parameters(query, names) for search, query in MEANT.items()
    }


@pytest.mark.parametrize(
    ("before", "search", "after"),
    [
        ("label={tax}", "label:taxi", "label={tax}&label={Taxi}"),
        ("label={tax}&label_not=1", "label:taxi", "label={Taxi}&label_but={tax}"),
        ("label={tax}&label_not=1", "-label:taxi", "label={tax}&label={Taxi}&label_not=1"),
        ("since=2020-01-01&size=25&page=3", "since:2024", "since=2024-01-01&size=25"),
        ("hidden=only", "-is:hidden", ""),
    ],
)
def test_words_join_what_the_menus_have_chosen(
    ledger: Ledger, names: dict[str, Any], before: str, search: str, after: str
) -> None:
    found, mistakes = searched(ledger, search, before.format_map(names))

    assert (dict(QueryDict(found).lists()), mistakes) == (parameters(after, names), [])


def test_what_is_not_understood_is_said(ledger: Ledger, names: dict[str, Any]) -> None:
    said = {search: " ".join(searched(ledger, search)[1]) for search in REFUSED}

    assert {search: text for search, text in said.items() if REFUSED[search] not in text} == {}


def test_what_is_not_understood_is_said_beside_the_field_and_nothing_is_listed(
    client: Client, ledger: Ledger, names: dict[str, Any]
) -> None:
    make_transaction(ledger, note="there")

    page = html.unescape(client.get(LIST, {"q": "label:txa there"}).content.decode())

    assert "no label is called “txa”; did you mean tax?" in re.sub(r"</?bdi>", "", page)
    assert 'value="label:txa there"' in page
    assert 'aria-describedby="q-wrong"' in page
    assert list(TransactionFilter(asked(q="label:txa there"), ledger).rows) == []


def test_search_leads_to_the_same_url_as_the_menus(
    client: Client, ledger: Ledger, names: dict[str, Any]
) -> None:
    response = client.get(LIST, {"q": "rent label:tax", "size": "25", "type": "fee"})

    where, _, query = response.headers["Location"].partition("?")
    assert (response.status_code, where) == (302, LIST)
    expected = {"q": ["rent"], "label": [names["tax"]], "size": ["25"], "type": ["fee"]}
    assert dict(QueryDict(query).lists()) == expected
    page = client.get(response.headers["Location"])
    assert page.status_code == 200
    assert "<b>tax</b>" in page.content.decode()


def test_words_find_rows(ledger: Ledger) -> None:
    maria, jo = make_contact(ledger, "Maria"), make_contact(ledger, "Jo")
    a, b = make_label(ledger, "a"), make_label(ledger, "b")
    hers = make_address(ledger, "0x52908400098527886E0F7030069857D2E4169EE7", contact=maria)
    batch = make_batch(ledger, format="koinly")
    make_transaction(ledger, note="first", counterparty=hers, group_key="0xaaaa", labels=[a])
    make_transaction(ledger, note="second", contact=maria, received=("1.5", "ETH"), labels=[a, b])
    make_transaction(ledger, note="third", contact=jo, received=("0.5", "BTC"), batch=batch)

    found = {search: TransactionFilter(asked(q=search), ledger) for search in FINDS}

    assert {
        search: " ".join(sorted(row.note for row in filters.rows))
        for search, filters in found.items()
    } == FINDS


@SOME
@given(st.lists(ODD, max_size=3), ODD)
def test_whatever_is_quoted_is_read_as_it_was(values: list[str], text: str) -> None:
    (word,) = parsed(f"a:{','.join(map(spelled, [*values, text]))}")

    assert [value.text for value in word.values] == [*values, text]
    assert word.is_closed
    assert text_of(as_text(text)) == text
    assert as_text(text, minus=True).startswith("-")
    assert [each.text for each in parsed(as_text(text, minus=True))] == [text]


def drawn(data: st.DataObject, of: set[str]) -> list[str]:
    return data.draw(st.lists(st.sampled_from(sorted(of)), max_size=3, unique=True)) if of else []


SAYING = ODD.filter(str.strip)
WORDY = ODD.filter(lambda text: any(map(str.isalnum, text)))
AMOUNTS = st.decimals(0, 1000, places=3).map(str)
ONE_OF: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(("note", "note_but", "q_but"), WORDY),
    **dict.fromkeys(("since", "until"), st.dates().map(str)),
    **dict.fromkeys(("min", "max", "above", "below"), AMOUNTS),
    **{"status": st.sampled_from(["ok", "failed"]), "hidden": st.sampled_from(["only", "all"])},
    **{"transfers": st.just("once"), "batch": st.integers(0, 999).map(str)},
    "q": SAYING.map(as_text),
}


@pytest.fixture
def odd_names(ledger: Ledger) -> dict[str, set[str]]:
    labels = [make_label(ledger, name) for name in ("a", "none", 'q"\\,', "-x: y")]
    wallets = [make_wallet(ledger, name) for name in ("w", "w w", "a:b,c")]
    contacts = [make_contact(ledger, name) for name in ("c", '"c"', "none")]
    keys: dict[str, Any] = {"label": labels, "wallet": wallets, "contact": contacts}
    found = {name: {str(row.pk) for row in rows} for name, rows in keys.items()}
    found["label"].add("none")
    return found | {"type": {"fee", "gift", "loss"}}


@pytest.mark.slow
@SOME
@given(st.data())
def test_filters_in_words_are_the_same_filters(
    ledger: Ledger, odd_names: dict[str, set[str]], data: st.DataObject
) -> None:
    query = QueryDict(mutable=True)
    for name, keys in odd_names.items():
        query.setlist(name, drawn(data, keys))
        if query.get(name) and data.draw(st.booleans()):
            query[f"{name}_not"] = "1"
        elif query.get(name):
            query.setlist(f"{name}_but", drawn(data, keys - set(query.getlist(name))))
    for name, values in ONE_OF.items():
        query.setlist(name, data.draw(st.lists(values, max_size=1)))

    found, mistakes = searched(ledger, in_search(query, ledger))

    assert mistakes == []
    assert normalised(QueryDict(found)) == normalised(query)


def test_every_filter_has_its_word(ledger: Ledger, names: dict[str, Any]) -> None:
    some = {"q": "a", "batch": "1", "since": "2024-01-01", "until": "2024-01-01", "type": "fee"}
    some |= {"status": "ok", "hidden": "all", "transfers": "once", "asset": "ETH", "review": "new"}
    some |= {"source": "koinly", "wallet": names["Kraken"], "contact": names["Blue Harbor"]}
    some |= {"label": names["tax"], "address": "0xabc", "hash": "0xabc", "note": "a"}
    some |= dict.fromkeys(("min", "max", "above", "below"), "1")
    for name in EVERY_FILTER:
        if name.endswith("_not"):
            continue
        query = asked(**{name: some[name.removesuffix("_but")]})
        if name.endswith("_but") and f"{name.removesuffix('_but')}_not" in EVERY_FILTER:
            query[name.removesuffix("_but")] = some[name.removesuffix("_but")]

        assert in_search(query, ledger), name


def offered(client: Client, text: str) -> list[str]:
    page = client.get("/keller/suggest/words/", {"q": text}).content.decode()
    return [html.unescape(each) for each in re.findall(r'data-name="([^"]*)"', page)]


def test_what_is_written_can_go_on(client: Client, names: dict[str, Any]) -> None:
    found = {text: sorted(offered(client, text)) for text in GOES_ON}

    assert found == {text: sorted(offers) for text, offers in GOES_ON.items()}


def test_offers_are_understood(ledger: Ledger, names: dict[str, Any]) -> None:
    for text in ("label:", "wallet:", "contact:", "asset:", "type:", "source:", "is:", "hidden:"):
        for offer in offers(ledger, text):
            assert searched(ledger, offer.text)[1] == []


def test_help_says_the_words_and_this_list_in_them(
    client: Client, ledger: Ledger, names: dict[str, Any]
) -> None:
    query = {"label": names["pre paid"], "label_not": "1", "q": "rent"}

    page = client.get(f"{LIST}words/", query)
    fragment = client.get(
        f"{LIST}words/", query, headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    )

    for response in (page, fragment):
        text = html.unescape(response.content.decode())
        assert '-label:"pre paid" rent' in text
        assert "amount:>100" in text
    assert "<html" not in fragment.content.decode()
