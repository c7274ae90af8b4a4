"""An hour of an accountant, by the keyboard alone: what came in is sorted, named and reviewed, what
a rule did and what another person wrote is taken back, and the history tells all of it."""

from collections import Counter
from collections.abc import Iterator

from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator

from history.presentation import ShownAct
from ledgers.models import Ledger, User
from live.writers import Way, writing
from tests.browser.conftest import leave
from tests.browser.site import Site
from tests.browser.test_keys import press
from tests.factories import some_address
from tests.formats.test_etherscan import HEADER, ME, transaction
from tests.imports.helpers import run
from tests.server import Server
from transactions.models import NewRow, Transaction

STRANGERS = 20
# What each of them gets or sends, one after the other.
MOVES = ({"out": "2"}, {"in": "150"}, {"in": "0.001"}, {"in": "5"}, {"in": "5"})
TAB_STOPS = 40  # from the head of a page to what is to be done there
TOLD = {
    ("txproject", "SQL", "membership", "added"): 2,  # as it was set up
    ("ana", "import", "address", "changed"): 1,  # the wallet's own
    # Three bulk edits, and a rule of each.
    ("ana", "many at once", "transaction", "changed"): 40 * 3,
    ("ana", "many at once", "label", "added"): 2,
    ("ana", "many at once", "contact", "added"): 1,
    ("ana", "page", "rule", "added"): 3,
    ("ana", "rule", "transaction", "changed"): 20 * 3,
    ("ana", "page", "contact", "added"): STRANGERS,
    ("ana", "page", "address", "changed"): STRANGERS,
    ("ana", "page", "review", "reviewed"): 3,
    ("ana", "many at once", "review", "reviewed"): 297,
    ("ana", "page", "label", "added"): 1,
    ("ana", "page", "transaction", "changed"): 2,
    ("ben", "page", "transaction", "changed"): 1,
    ("ana", "taken back", "transaction", "changed"): 20 + 1,
}


def come_in(ledger: Ledger, by: User, rounds: range) -> None:
    lines = [line(n, stranger) for n in rounds for stranger in range(1, STRANGERS + 1)]
    run(ledger, "\n".join([HEADER, *lines, ""]), user=by, options={"owner_address": ME})


def line(n: int, stranger: int) -> str:
    move, who = MOVES[n % len(MOVES)], some_address(stranger)
    ends = {"from": ME, "to": who} if "out" in move else {"from": who, "to": ME}
    return transaction(hash=f"0x{n:02x}{stranger:02x}", **ends, **move)


def enter(site: Site, key: str = "Enter") -> None:
    """What leads to another page, whose own keys are there when it is."""
    with site.page.expect_navigation():
        press(site, key)


def tab_to(site: Site, wanted: Locator) -> None:
    """As often as it takes, past what stands before it."""
    for _ in range(TAB_STOPS):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        press(site, "Tab")
    raise AssertionError(f"{TAB_STOPS} times Tab do not lead to {wanted}")


def go_to(site: Site, typed: str, name: str) -> None:
    press(site, "Control+k")
    site.page.keyboard.type(typed)
    enter(site)
    assert site.page.locator("h1").inner_text() == name


def search(site: Site, text: str, found: int) -> None:
    press(site, "/", "Control+a")
    site.page.keyboard.type(text)
    enter(site)
    assert site.page.locator(".count b").inner_text() == str(found)


def change_all(site: Site, key: str, field: str = "", text: str = "") -> None:
    """Of the rows that fit the filter."""
    press(site, "j", "x")
    enter(site, key)
    tab_to(site, site.page.get_by_label("the 1 selected transaction"))
    press(site, "ArrowDown")
    if field:
        tab_to(site, site.page.locator(f"[name={field}].form-control"))
        site.page.keyboard.type(text)
    enter(site)


def from_now_on(site: Site) -> None:
    """What was just done to many."""
    tab_to(site, site.page.locator(".msg").get_by_role("link", name="Do this from now on, too"))
    enter(site)
    tab_to(site, site.page.get_by_role("button", name="Save"))
    enter(site)
    assert site.page.get_by_text("Of what is there, it would change nothing").is_visible()


def name_strangers(site: Site) -> None:
    """Each save leads to the next one."""
    press(site, "c")
    for n, at in enumerate(site.ledger.addresses.filter(wallet=None).order_by("pk")):
        site.page.locator(f"#panel[data-at='{at.pk}'] #who-{at.pk}:focus").wait_for()
        site.page.keyboard.insert_text(f"Person {n}")
        press(site, "Enter")
    site.page.get_by_text("Nobody is left").wait_for()


def review_one_by_one(site: Site, n: int) -> None:
    press(site, "j")
    for left in range(299, 299 - n, -1):
        press(site, "r")
        site.page.locator("#news", has_text=str(left)).wait_for()


def write(site: Site, key: str, text: str, *keys: str) -> None:
    """In an editor of the row."""
    press(site, key)
    site.editor.locator(":focus").wait_for()
    site.page.keyboard.type(text)
    press(site, *keys)
    site.editor.wait_for(state="detached")


def take_back_what_the_rule_did(site: Site) -> None:
    go_to(site, "rules", "Rules")
    tab_to(site, site.page.locator(".rule-row .open").first)
    enter(site)
    tab_to(site, site.page.get_by_role("button", name="Take it back"))
    enter(site)
    assert "20 changes are taken back." in site.page.locator(".msg").inner_text()


def take_back_what_ben_wrote(site: Site) -> None:
    go_to(site, "history", "History")
    tab_to(site, site.page.locator("[name=who]"))
    site.page.keyboard.type("ben")
    tab_to(site, site.page.get_by_role("button", name="Show"))
    enter(site)
    tab_to(site, site.page.get_by_role("button", name="Take back"))
    enter(site)
    assert "1 change is taken back." in site.page.locator(".msg").inner_text()


def told(client: Client, ledger: Ledger) -> Counter[tuple[str, str, str, str]]:
    """By all pages of the history: who, by which way, what, and what was done; how often."""
    acts = (act for page in pages(client, ledger) for act in page)
    return Counter(
        (act.who, act.way, entry.kind, entry.deed) for act in acts for entry in act.entries
    )


def pages(client: Client, ledger: Ledger) -> Iterator[list[ShownAct]]:
    url, older = reverse("history", args=[ledger.slug]), "?"
    while older:
        context = client.get(url + older).context
        yield context["acts"]
        older = context["older"]


def stands(ledger: Ledger) -> Counter[tuple[str, str, str]]:
    """Labels, contact and note of the rows, how many of each."""
    return Counter(
        (" ".join(sorted(str(each) for each in row.labels.all())), str(row.contact or ""), row.note)
        for row in ledger.transactions.select_related("contact").prefetch_related("labels")
    )


def test_hour_of_an_accountant(
    site: Site, client: Client, user: User, annotator: User, server: Server
) -> None:
    ledger = site.ledger
    come_in(ledger, user, range(10))
    site.open()
    for text, *change in (
        ("type:withdrawal", "l", "label", "spending"),
        ("amount:>100", "c", "contact", "Exchange"),
        ("amount:<0.01", "l", "label", "dust"),
    ):
        go_to(site, "transactions", "Transactions")
        search(site, text, found=40)
        change_all(site, *change)
        from_now_on(site)
    go_to(site, "unidentified", "Unidentified")
    name_strangers(site)

    come_in(ledger, user, range(10, 15))
    go_to(site, "new transactions", "Transactions")
    review_one_by_one(site, 3)
    search(site, "label:spending after:2000 is:new", found=60)
    press(site, "j")
    write(site, "l", "tax", "Enter", "Enter")
    write(site, "n", "invoice 7", "Enter")
    noted = Transaction.objects.get(note="invoice 7")
    with writing(Way.PAGE, annotator):
        ledger.transactions.filter(pk=noted.pk).update(note="a mistake")
    go_to(site, "new transactions", "Transactions")
    change_all(site, "r")
    assert not NewRow.objects.exists()
    take_back_what_the_rule_did(site)
    take_back_what_ben_wrote(site)

    leave(site.page)
    server.rest()  # a test's client hears what other threads render
    assert told(client, ledger) == TOLD
    assert stands(ledger) == {
        ("spending", "", ""): 40,
        ("tax", "", "invoice 7"): 1,
        ("", "", ""): 19 + 120,
        ("", "Exchange", ""): 60,
        ("dust", "", ""): 60,
    }
    named = ledger.addresses.order_by("pk").exclude(contact=None)
    assert list(named.values_list("contact__name", flat=True)) == [
        f"Person {n}" for n in range(STRANGERS)
    ]
