"""Saved views: a name for a URL of the list, of one's own or of the ledger."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers.models import Ledger, Role, User
from tests.factories import (
    make_label,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
    make_view,
    make_wallet,
)
from tests.ledgers.test_access import NAMED
from transactions.actions.saved_views import free_slugs, move
from transactions.models import SavedView, StartView
from transactions.models.saved_view import RESERVED_SLUGS
from transactions.queries import listing as listings
from transactions.queries.saved_views import normalised
from transactions.views import saved_views as views

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
LIST = "/keller/transactions/"
VIEWS = "/keller/views/"
NEW = f"{VIEWS}new/"


def text(response: Any) -> str:
    page = html.unescape(response.content.decode())
    return " ".join(page.replace("<mark>", "").replace("</mark>", "").split())


def url(view: SavedView, what: str = "") -> str:
    return f"{VIEWS}{view.slug}/{what}"


def client_of(ledger: Ledger, role: Role, name: str = "") -> Client:
    client = Client()
    client.force_login(make_member(ledger, make_user(name), role).user)
    return client


def given(**more: Any) -> dict[str, Any]:
    return {"name": "Gifts", "whose": "mine", "query": "type=gift", "version": 1} | more


def names(client: Client) -> list[str]:
    page = client.get(VIEWS).content.decode()
    return [html.unescape(name) for name in re.findall(r'class="open"[^>]*><b>(.*?)</b>', page)]


# --- Made and opened ---


def test_view_is_made_of_the_list_and_leads_back_to_it(client: Client, user: User) -> None:
    asked = client.get(f"{NEW}?type=gift&page=3&since=2026-01-01&x=1&size=100")
    assert "Type: Gift; From: 1 Jan 2026; 100 rows on a page" in text(asked)

    made = client.post(NEW, given(query="since=2026-01-01&type=gift&page=3&x=1&size=100"))
    view = SavedView.objects.get()
    opened = client.get(url(view))

    assert (made.status_code, made.headers["Location"]) == (303, "/keller/views/gifts/")
    assert (view.name, view.owner, view.query) == (
        "Gifts",
        user,
        "type=gift&since=2026-01-01&size=100",
    )
    where = f"{LIST}?type=gift&since=2026-01-01&size=100&view=gifts"
    assert (opened.status_code, opened.headers["Location"]) == (303, where)
    assert client.get(where).status_code == 200


def test_opened_view_lists_what_its_url_lists(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, type="gift", note="a present")
    make_transaction(ledger, note="a deposit")
    view = make_view(ledger, query="type=gift&columns=time,labels")

    page = client.get(url(view), follow=True).content.decode()

    assert "a present" in page
    assert "a deposit" not in page
    assert 'class="in"' not in page.partition("<tbody")[2]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("page=2&select=1&view=x&next=/&nonsense=1", ""),
        ("type=gift&type=deposit&type=gift", "type=deposit&type=gift"),
        ("type_not=1", ""),
        ("type_not=1&type=gift", "type=gift&type_not=1"),
        ("q=&min=&since=2026-01-01&since=2026-02-02", "since=2026-02-02"),
        ("sort=-time&size=50", ""),
        ("sort=nonsense&size=7", ""),
        ("size=100&sort=time&q=a%26b", "q=a%26b&sort=time&size=100"),
        ("columns=hash&columns=out,hash", "columns=time,hash,out"),
    ],
)
def test_two_spellings_of_one_list_are_one(query: str, expected: str) -> None:
    assert normalised(QueryDict(query)) == expected
    assert normalised(QueryDict(expected)) == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "GIFTS"}, "There is a view “GIFTS” already."),
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "a\u200bb"}, "nobody can see"),
        ({"query": "since=yesterday"}, "From: Enter a valid date."),
        ({"query": "wallet=999999"}, "Wallet: "),
        ({"query": f"q={'x' * 4001}"}, "at most 4000 are kept"),
        ({"whose": "everybody"}, "Select a valid choice."),
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_view_that_cannot_be_is_refused_beside_the_field(
    client: Client, ledger: Ledger, user: User, change: dict[str, str], said: str, new: bool
) -> None:
    make_view(ledger, "Gifts", owner=user)
    other = make_view(ledger, "Other", owner=user)

    response = client.post(NEW if new else url(other, "edit/"), given(name="fine") | change)

    assert (response.status_code, said in text(response)) == (422, True)
    assert sorted(ledger.views.values_list("name", flat=True)) == ["Gifts", "Other"]


def test_mine_and_the_ledgers_may_have_one_name(client: Client, ledger: Ledger) -> None:
    for whose in ("mine", "ledger"):
        assert client.post(NEW, given(whose=whose)).status_code == 303

    assert sorted(ledger.views.values_list("slug", flat=True)) == ["gifts", "gifts-2"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Tax 2026 (DE)", "tax-2026-de"),
        ("Налоги 2026", "налоги-2026"),
        ("東京", "東京"),
        ("ﬁne", "fine"),
        ("🎁", "view"),
        ("--", "view"),
        ("New", "new-2"),
        ("Menu", "menu-2"),
        ("<script>alert(1)</script>", "scriptalert1script"),
        ("../../admin", "admin"),
        ("a" * 100, "a" * 50),
    ],
)
def test_slug_is_made_of_the_name_in_any_script(client: Client, name: str, slug: str) -> None:
    made = client.post(NEW, given(name=name))
    view = SavedView.objects.get()

    assert view.slug == slug
    assert client.get(made.headers["Location"]).status_code == 303
    assert names(client) == [f"<bdi>{name}</bdi>" if not name.isascii() else name]
    assert "<script>alert" not in client.get(VIEWS).content.decode()


def test_doubles_get_a_number(ledger: Ledger) -> None:
    make_view(ledger, slug="gifts")
    make_view(ledger, slug="gifts-2", owner=make_user())
    make_view(make_ledger(), slug="gifts-3")

    assert next(free_slugs(ledger, "Gifts!")) == "gifts-3"


def test_reserved_words_are_what_stands_beside_views() -> None:
    beside = {
        str(pattern.pattern).split("/")[1]
        for pattern in NAMED.values()
        if str(pattern.pattern).startswith("views/")
    }

    assert beside - {"", "<name:saved>"} == RESERVED_SLUGS


@pytest.mark.django_db(transaction=True)
def test_views_made_at_once_have_slugs_of_their_own() -> None:
    ledger = make_ledger(owner=make_user("ana"), slug="keller")
    make_member(ledger, make_user("ben"), Role.VIEWER)
    start = Barrier(2)

    def make(name: str) -> int:
        try:
            client = Client()
            client.force_login(User.objects.get(username=name))
            start.wait()
            return client.post(NEW, given()).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(make, ("ana", "ben"))] == [303, 303]

    assert sorted(ledger.views.values_list("slug", flat=True)) == ["gifts", "gifts-2"]


def test_renamed_view_stays_where_its_links_lead(client: Client, ledger: Ledger) -> None:
    view = make_view(ledger, "Gifts", query="type=gift")

    client.post(url(view, "edit/"), given(name="Presents", whose="ledger"))

    view.refresh_from_db()
    assert (view.name, view.slug, view.version) == ("Presents", "gifts", 2)


# --- Whose they are ---


def test_own_views_are_nobody_elses(client: Client, ledger: Ledger) -> None:
    ben = client_of(ledger, Role.OWNER, "ben")
    client.post(NEW, given(name="Secret"))
    secret = SavedView.objects.get()

    assert names(client) == ["Secret"]
    assert names(ben) == []
    for what in ("", "edit/"):
        assert ben.get(url(secret, what)).status_code == 404
    for what in ("edit/", "removed/", "place/", "start/"):
        assert ben.post(url(secret, what), given()).status_code == 404
    for where in (f"{VIEWS}menu/", f"{VIEWS}bar/"):
        assert "Secret" not in ben.get(f"{where}?view=secret", headers=PARTIAL).text
    assert "Secret" not in ben.get(f"{LIST}?view=secret").text


@pytest.mark.parametrize("where", ["", "menu/", "bar/?view=x", "x/edit/", "new/"])
def test_what_one_sees_is_not_read_for_others(
    client: Client, ledger: Ledger, where: str, user: User
) -> None:
    """An answer that is given to others too would come later: see live/coalescing.py."""
    make_view(ledger, "x", owner=user)
    live: dict[str, Any] = {"asgi.scope": {}}

    answer = client.get(f"{VIEWS}{where}", headers=PARTIAL | {"Live": "all"}, **live)

    assert (answer.status_code, "</" in answer.text) == (200, True)
    assert live["asgi.scope"] == {}


def test_viewer_makes_views_of_his_own_only(ledger: Ledger) -> None:
    viewer, shared = client_of(ledger, Role.VIEWER), make_view(ledger, "Shared")

    assert viewer.post(NEW, given(whose="ledger")).status_code == 422
    assert "everybody in the ledger" not in viewer.get(NEW).text
    assert viewer.post(NEW, given(name="His")).status_code == 303
    his = SavedView.objects.get(name="His")
    assert viewer.post(url(his, "edit/"), given(whose="ledger")).status_code == 422
    assert viewer.post(url(his, "edit/"), given(name="His own")).status_code == 303
    for what in ("edit/", "removed/", "place/"):
        assert viewer.post(url(shared, what), given()).status_code == 403
    assert viewer.get(url(shared, "edit/")).status_code == 403
    assert viewer.get(url(shared)).status_code == 303
    page = viewer.get(VIEWS).text
    assert url(his, "edit/") in page
    assert url(shared, "edit/") not in page
    assert viewer.post(url(his, "removed/")).status_code == 303


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.EDITOR, Role.OWNER])
def test_annotators_and_above_share(ledger: Ledger, role: Role) -> None:
    client, viewer = client_of(ledger, role), client_of(ledger, Role.VIEWER)

    client.post(NEW, given(name="For all", whose="ledger"))
    assert names(viewer) == ["For all"]
    view = SavedView.objects.get()
    client.post(url(view, "edit/"), given(name="For me"))

    assert names(viewer) == []
    assert names(client) == ["For me"]


def test_view_of_another_ledger_cannot_be_a_start(ledger: Ledger, user: User) -> None:
    """Whoever writes: the database itself says so."""
    theirs = make_view(make_ledger())

    with pytest.raises(IntegrityError), transaction.atomic():
        StartView.objects.create(ledger=ledger, user=user, view=theirs)


# --- Two people at once ---


def test_view_changed_meanwhile_is_kept_and_both_are_shown(
    client: Client, ledger: Ledger, annotator: User
) -> None:
    view = make_view(ledger, "as it was", query="type=gift")
    SavedView.objects.write(
        view.pk, expected_version=1, by=annotator, name="What Ben wrote", query="type=loss"
    )
    mine = given(name="What Ana wrote", whose="ledger")

    response = client.post(url(view, "edit/"), mine, headers=PARTIAL)

    view.refresh_from_db()
    page = text(response)
    assert (response.status_code, view.name) == (409, "What Ben wrote")
    assert "What Ben wrote, everybody in the ledger, Type: Loss" in page
    assert 'value="What Ana wrote"' in page
    assert "Type: Gift" in page
    assert "ben saved this" in page

    again = client.post(url(view, "edit/"), mine | {"version": 2})
    view.refresh_from_db()
    assert (again.status_code, view.name, view.query) == (303, "What Ana wrote", "type=gift")


@pytest.mark.django_db(transaction=True)
def test_two_people_who_save_at_once_keep_one_and_tell_the_other() -> None:
    ledger = make_ledger(owner=make_user("ana"), slug="keller")
    make_member(ledger, make_user("ben"), Role.ANNOTATOR)
    view, start = make_view(ledger, "as it was"), Barrier(2)

    def rename(name: str) -> int:
        try:
            client = Client()
            client.force_login(User.objects.get(username=name))
            start.wait()
            mine = given(name=f"by {name}", whose="ledger")
            return client.post(url(view, "edit/"), mine).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        done = dict(zip(("ana", "ben"), pool.map(rename, ("ana", "ben")), strict=True))

    winner = next(name for name, status in done.items() if status == 303)
    view.refresh_from_db()
    assert sorted(done.values()) == [303, 409]
    assert (view.name, view.version) == (f"by {winner}", 2)


def test_to_move_a_view_is_no_edit(client: Client, ledger: Ledger) -> None:
    first, second = make_view(ledger, "first"), make_view(ledger, "second")

    client.post(url(second, "place/"), {"move": "up"})
    saved = client.post(url(first, "edit/"), given(whose="ledger"))

    assert saved.status_code == 303
    assert names(client) == ["second", "Gifts"]


@pytest.mark.django_db(transaction=True)
def test_views_moved_at_once_stay_in_one_order() -> None:
    ledger = make_ledger()
    views = [make_view(ledger) for _ in range(4)]
    start = Barrier(4)

    def go(view: SavedView) -> None:
        try:
            start.wait()
            move(view, 1)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go, views))

    places = ledger.views.values_list("place", flat=True)
    assert sorted(places) == [1, 2, 3, 4]


# --- The pages ---


def test_views_are_moved_within_their_list(client: Client, ledger: Ledger, user: User) -> None:
    one, two, three = (make_view(ledger, name) for name in ("one", "two", "three"))
    make_view(ledger, "my own", owner=user)
    assert names(client) == ["my own", "one", "two", "three"]

    client.post(url(one, "place/"), {"move": "down"})
    client.post(url(three, "place/"), {"move": "down"})
    client.post(url(two, "place/"), {"move": "up"})
    client.post(url(two, "place/"), {"move": "sideways"})

    assert names(client) == ["my own", "two", "one", "three"]


@pytest.mark.parametrize("own", [True, False])
def test_deleted_view_is_gone_and_comes_back(
    client: Client, ledger: Ledger, user: User, own: bool
) -> None:
    view = make_view(ledger, "Gifts", owner=user if own else None)
    client.post(url(view, "start/"))

    page = client.post(url(view, "removed/"), follow=True)
    assert "The view “Gifts” is deleted." in text(page)
    assert names(client) == []
    assert client.get(url(view)).status_code == 404
    assert client.get("/keller/").headers["Location"] == LIST
    assert client.post(url(view, "removed/")).status_code == 404
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token

    back = client.post("/keller/undo/", {"token": token[1], "next": VIEWS}, follow=True)

    assert "The view is back." in text(back)
    assert names(client) == ["Gifts"]
    assert client.get("/keller/").headers["Location"] == f"{LIST}?view=gifts"


def test_undo_says_so_where_the_name_is_taken(client: Client, ledger: Ledger, user: User) -> None:
    view = make_view(ledger, "Gifts", owner=user)
    page = client.post(url(view, "removed/"), follow=True).text
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    client.post(NEW, given())

    undone = client.post("/keller/undo/", {"token": token, "next": VIEWS}, follow=True)

    assert "Not undone. There is another view of this name now." in text(undone)


def test_undo_is_for_those_who_may_do_it(client: Client, ledger: Ledger, user: User) -> None:
    viewer = client_of(ledger, Role.VIEWER)
    tokens = []
    for view in (make_view(ledger, "a"), make_view(ledger, "b", owner=user)):
        page = client.post(url(view, "removed/"), follow=True).text
        tokens += re.findall(r'name="token" value="([^"]+)"', page)

    shared, own = (viewer.post("/keller/undo/", {"token": token}) for token in tokens)

    assert (shared.status_code, own.status_code) == (403, 303)
    assert not SavedView.objects.alive().exists()


def test_ledger_begins_with_what_each_member_says(client: Client, ledger: Ledger) -> None:
    vera, gifts = client_of(ledger, Role.VIEWER), make_view(ledger, "Gifts", query="type=gift")
    losses = make_view(ledger, "Losses", query="type=loss")

    for view in (losses, gifts):
        assert client.post(url(view, "start/")).status_code == 303
    assert client.get("/keller/").headers["Location"] == f"{LIST}?type=gift&view=gifts"
    assert vera.get("/keller/").headers["Location"] == LIST
    assert client.get("/", follow=True).redirect_chain[-1][0] == f"{LIST}?type=gift&view=gifts"
    pressed = f'{gifts.slug}/start/" name="start" value="0" aria-pressed="true"'
    assert pressed in text(client.get(VIEWS))
    assert pressed not in text(vera.get(VIEWS))

    client.post(url(losses, "start/"), {"start": "0"})
    assert client.get("/keller/").headers["Location"] == f"{LIST}?type=gift&view=gifts"
    client.post(url(gifts, "start/"), {"start": "0"})
    assert client.get("/keller/").headers["Location"] == LIST


def test_start_that_one_does_not_see_any_more_is_none(client: Client, ledger: Ledger) -> None:
    vera, view = client_of(ledger, Role.VIEWER), make_view(ledger, "Gifts")
    vera.post(url(view, "start/"))

    client.post(url(view, "edit/"), given(whose="mine"))

    assert vera.get("/keller/").headers["Location"] == LIST


def test_menu_has_names_first_and_then_their_counts(
    client: Client, ledger: Ledger, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (listings, views):
        monkeypatch.setattr(module, "MAX_COUNT", 2)
    for n in range(4):
        make_transaction(ledger, type="gift" if n else "loss")
    make_view(ledger, "Losses", query="type=loss", owner=user)
    make_view(ledger, "All", query="")
    make_view(ledger, "No wallet", query="wallet=999999999")

    first = text(client.get(f"{VIEWS}menu/?type=gift&view=all", headers=PARTIAL))
    then = text(client.get(f"{VIEWS}menu/?type=gift&view=all&counts=1", headers=PARTIAL))

    assert first.index("Mine") < first.index("Losses") < first.index("The ledger’s")
    assert first.index("The ledger’s") < first.index("All") < first.index("No wallet")
    assert 'class="n"' not in first
    assert "menu/?type=gift&view=all&counts=1" in first
    assert f"{NEW}?type=gift&view=all" in first
    counts = re.findall(r'class="n">([^<]*)<', then)
    assert counts == ["1", "2+", "cannot be used"]


def test_page_of_a_large_ledger_counts_afterwards(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "MAX_COUNT", 1)
    for _ in range(2):
        make_transaction(ledger, type="gift")
    make_transaction(ledger, type="loss")
    make_view(ledger, "Losses", query="type=loss")

    first, then, asked = (
        client.get(VIEWS).content.decode(),
        client.get(VIEWS, headers=PARTIAL).content.decode(),
        client.get(f"{VIEWS}?counts=1").content.decode(),
    )

    assert 'hx-trigger="load"' in first
    assert 'href="?counts=1"' in first
    assert "1 transaction" not in first
    for page in (then, asked):
        assert "1 transaction" in page
        assert 'hx-trigger="load"' not in page


@pytest.mark.parametrize("count", [1, 5])
def test_menu_takes_the_same_number_of_queries_for_any_number_of_views(
    client: Client, ledger: Ledger, django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        make_view(ledger, query="type=gift")
    client.get(f"{VIEWS}menu/", headers=PARTIAL)

    with django_assert_num_queries(5):
        client.get(f"{VIEWS}menu/", headers=PARTIAL)


def test_list_sends_one_query_more_if_it_is_a_views(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger)
    make_view(ledger, "Gifts")
    client.get(LIST)

    assert queries_of(client, f"{LIST}?view=gifts") == queries_of(client, LIST) + 1


def queries_of(client: Client, where: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(where)
    return len(queries)


def test_changed_list_offers_to_save_it(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger)
    view = make_view(ledger, "Gifts <b>", slug="gifts", query="type=gift")
    same = client.get(f"{LIST}?type=gift&view=gifts&page=1").content.decode()
    assert "Gifts &lt;b&gt;" in same
    assert "Save to" not in same

    page = text(client.get(f"{LIST}?type=gift&type=deposit&view=gifts"))
    assert "Save to “Gifts <b>”" in page
    assert f"{NEW}?type=deposit&type=gift" in page
    fields = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.partition("view-bar")[2])
    )
    saved = client.post(url(view, "edit/"), fields)

    view.refresh_from_db()
    assert (view.query, view.name) == ("type=deposit&type=gift", "Gifts <b>")
    assert saved.headers["Location"] == f"{LIST}?type=gift&type=deposit&view=gifts"
    assert "Save to" not in client.get(saved.headers["Location"]).text


def test_filter_and_sort_keep_the_view(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger)
    make_view(ledger, "Gifts")

    page = client.get(f"{LIST}?view=gifts").text

    assert '<input type="hidden" name="view" value="gifts">' in page
    assert "?view=gifts&amp;sort=time" in page


def test_viewer_is_offered_a_new_view_of_what_he_may_not_change(ledger: Ledger) -> None:
    make_view(ledger, "Gifts", query="type=gift")
    viewer = client_of(ledger, Role.VIEWER)

    page = viewer.get(f"{LIST}?type=loss&view=gifts").text

    assert "Save to" not in page
    assert "Save as a new view" in page


def test_bar_follows(client: Client, ledger: Ledger, user: User) -> None:
    view = make_view(ledger, "Gifts", query="type=gift")
    bar = f"{VIEWS}bar/?type=gift&view=gifts"
    assert "Save to" not in text(client.get(bar, headers=PARTIAL))

    SavedView.objects.write(view.pk, expected_version=1, by=user, name="Given", query="type=loss")
    assert "Save to “Given”" in text(client.get(bar, headers=PARTIAL))
    SavedView.objects.filter(pk=view.pk).update(deleted_at="2026-01-01T00:00Z")
    assert "not there any more" in text(client.get(bar, headers=PARTIAL))


def test_pages_of_fragments_lead_to_the_list_of_views(client: Client) -> None:
    for where in ("menu/", "bar/"):
        assert client.get(f"{VIEWS}{where}").headers["Location"] == VIEWS


def test_words_of_a_view_name_what_it_filters_by(client: Client, ledger: Ledger) -> None:
    wallet, label = make_wallet(ledger, "Cold <1>"), make_label(ledger, "rent")
    query = f"wallet={wallet.pk}&wallet_not=1&label={label.pk}&label=none&asset=ETH&sort=-amount"
    make_transaction(ledger)

    page = text(client.get(f"{NEW}?{query}&columns=time,hash"))

    for said in (
        "Wallet: not Cold <1>",
        "rent",
        "No label",
        "Asset: ETH",
        "the largest amount first",
        "columns: Time, Hash",
    ):
        assert said in page
