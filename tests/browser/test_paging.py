"""Pages, their size and order, and coming back to them."""

from datetime import timedelta

from playwright.sync_api import Browser, expect

from tests.browser.chromium import launch_keeping_pages
from tests.browser.site import Site, everywhere, extremes
from tests.factories import NOON, make_transaction
from tests.server import Server
from transactions.models import Transaction


def make_many(site: Site, n: int = 30) -> list[Transaction]:
    """The latest first, as the page shows them."""
    times = [NOON - timedelta(hours=hours) for hours in range(n)]
    return [make_transaction(site.ledger, occurred_at=time) for time in times]


@everywhere
def test_pages_go_forward_in_a_size_and_back(site: Site) -> None:
    transactions = make_many(site)

    site.open()
    site.page.locator(".sizes > summary").click()
    site.page.get_by_role("link", name="25", exact=True).click()
    site.shows(*transactions[:25])
    site.page.get_by_role("link", name="Next page").click()
    site.shows(*transactions[25:])
    assert site.query == {"size": ["25"], "page": ["2"]}

    site.page.reload()
    site.shows(*transactions[25:])
    site.page.go_back()
    site.shows(*transactions[:25])


@extremes
def test_filter_page_and_size_survive_an_edit(site: Site) -> None:
    make_transaction(site.ledger, type="fee")
    transactions = make_many(site)
    query = "?type=deposit&size=25&page=2"

    site.open(query)
    site.edit(transactions[-1], "note").fill("the first one")
    site.save()

    site.shows(*transactions[25:])
    expect(site.row(transactions[-1])).to_contain_text("the first one")
    assert site.page.url.endswith(query)


def test_time_turns_round_and_amounts_sort_within_one_asset(site: Site) -> None:
    small = make_transaction(site.ledger, received=("1", "ETH"))
    large = make_transaction(site.ledger, received=("20", "ETH"))
    middle = make_transaction(site.ledger, received=("3", "ETH"))

    site.open("?asset=ETH")
    site.page.get_by_role("link", name="Time").click()
    site.shows(small, large, middle)
    site.page.get_by_role("link", name="In", exact=True).click()

    site.shows(large, middle, small)
    assert site.query == {"asset": ["ETH"], "sort": ["-amount"]}


def test_back_shows_what_was_written_meanwhile(site: Site) -> None:
    tx = make_transaction(site.ledger)

    site.open()
    site.see(tx)
    Transaction.objects.filter(pk=tx.pk).update(note="written elsewhere")
    site.page.go_back()

    expect(site.row(tx)).to_contain_text("written elsewhere")


def test_page_that_the_browser_kept_is_read_again(
    site: Site, browser: Browser, server: Server
) -> None:
    tx = make_transaction(site.ledger)
    cookies = site.page.context.cookies()

    with launch_keeping_pages(browser.browser_type) as other:
        site.page = other.new_page(base_url=server.url)
        site.page.context.add_cookies(cookies)
        # A page that a script has read anything for is not kept.
        site.page.route("**/live/**", lambda route: route.abort())
        site.page.add_init_script("onpageshow = ({ persisted }) => persisted && (name = 'kept')")
        site.open()
        site.see(tx)
        Transaction.objects.filter(pk=tx.pk).update(note="written elsewhere")
        site.page.go_back()

        expect(site.row(tx)).to_contain_text("written elsewhere")
        assert site.page.evaluate("name") == "kept"


def test_transactions_own_page_leads_back_to_the_filter(site: Site) -> None:
    tx = make_transaction(site.ledger, type="gift")
    make_transaction(site.ledger)

    site.open("?type=gift")
    site.see(tx)
    site.page.locator(".crumbs").get_by_role("link", name="Transactions").click()

    site.shows(tx)
