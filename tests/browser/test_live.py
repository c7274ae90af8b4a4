"""An open page follows the database, whoever wrote, and leaves alone who is writing."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from accounts.models import Invitation
from contacts.models import Address, Contact, Wallet
from ledgers.models import Role, User
from tests.browser.site import Complaints, Site, on, on_both_widths
from tests.factories import make_address, make_contact, make_label, make_transaction, make_user
from tests.server import Server
from transactions.models import Label, Transaction

SHOW = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
PATHS = ["contacts/", "contact", "unidentified/", "wallets/", "labels/", "detail"]


def write(tx: Transaction, **values: object) -> None:
    Transaction.objects.filter(pk=tx.pk).update(**values)


def is_live(page: Page) -> None:
    expect(page.locator("#live-status")).to_have_attribute("data-state", "live")


@pytest.fixture
def live(site: Site) -> Site:
    """The list, with its stream open and the pointer elsewhere."""
    make_transaction(site.ledger)
    site.open()
    is_live(site.page)
    site.page.mouse.move(1, 1)
    return site


@pytest.fixture
def tx(live: Site) -> Transaction:
    """A row that has come by itself."""
    tx = make_transaction(live.ledger, note="as it was")
    expect(live.row(tx)).to_be_visible()
    return tx


@on("desktop")
def test_page_that_has_missed_nothing_is_not_read_again(site: Site) -> None:
    make_transaction(site.ledger)
    seen: list[str] = []
    site.page.on("request", lambda request: seen.extend(request.headers.get("live", "")))

    # What was written before may be announced when the page is there, and a transaction of another
    # test be older than the server.
    for _ in range(40):
        seen.clear()
        site.open()
        is_live(site.page)
        site.page.evaluate("new Promise(requestAnimationFrame)")
        if not seen:
            return
    raise AssertionError(seen)


@on("desktop")
def test_page_shows_what_was_written_before_its_stream(site: Site) -> None:
    tx = make_transaction(site.ledger, note="as it was")

    def written_meanwhile(route: Route) -> None:
        write(tx, note="written meanwhile")
        route.continue_()

    site.page.route("**/live/**", written_meanwhile, times=1)
    site.open()

    expect(site.row(tx).locator(".note")).to_have_text("written meanwhile")


@on_both_widths
def test_page_shows_what_somebody_else_wrote(live: Site, tx: Transaction) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE transactions_transaction SET note = %s", ["by psql"])

    expect(live.row(tx).locator(".note")).to_have_text("by psql")


@on("desktop")
@pytest.mark.parametrize("path", PATHS)
def test_every_open_page_follows(site: Site, path: str) -> None:
    contact = make_contact(site.ledger, "Maria")
    label = make_label(site.ledger, "rent")
    tx = make_transaction(site.ledger, contact=contact)
    own = {"contact": f"contacts/{contact.pk}/", "detail": f"transactions/{tx.pk}/"}
    site.page.goto(f"/{site.ledger.slug}/{own.get(path, path)}")
    is_live(site.page)

    Contact.objects.filter(pk=contact.pk).update(name="Maria Keller")
    Label.objects.filter(pk=label.pk).update(name="flat")
    Wallet.objects.filter(pk=tx.wallet_id).update(name="Cold storage")
    stranger = site.ledger.addresses.create(family="other", shown="whose", normalised="whose")
    make_transaction(site.ledger, counterparty=stranger)

    told = {"unidentified/": "whose", "wallets/": "Cold storage", "labels/": "flat"}
    expect(site.page.locator("#main")).to_contain_text(told.get(path, "Maria Keller"))


@on("desktop")
@pytest.mark.parametrize("path", ["transactions/months/", "transactions/totals/", "contact"])
def test_open_page_of_sums_follows(site: Site, path: str) -> None:
    contact = make_contact(site.ledger)
    path = f"contacts/{contact.pk}/totals/" if path == "contact" else path
    make_transaction(site.ledger, contact=contact, received=("1", "ETH"))
    page = site.page
    page.goto(f"/{site.ledger.slug}/{path}")
    is_live(page)
    for details in page.locator("#main details").all():
        details.locator("summary").click()

    for received in ("20", "300"):  # what was asked for again asks again
        make_transaction(site.ledger, contact=contact, received=(received, "ETH"))
        total = {"20": "21", "300": "321"}[received]
        expect(page.locator("#main table")).to_contain_text(f"+{total}")


@on("desktop")
def test_open_settings_follow_members_and_invitations(site: Site, annotator: User) -> None:
    page, owner = site.page, site.ledger.memberships.get(role=Role.OWNER).user
    page.goto(f"/{site.ledger.slug}/settings/")
    is_live(page)
    typed = page.locator("#username")
    typed.fill("half")
    role = page.get_by_label(f"Role of {annotator.username}", exact=True)

    for each in (Role.EDITOR, Role.VIEWER):
        site.ledger.memberships.filter(user=annotator).update(role=each)
        expect(role).to_have_value(str(each.value))
    expect(typed).to_have_value("half")

    page.goto(f"/{site.ledger.slug}/invitations/")
    is_live(page)
    for n in (1, 2):
        Invitation.make(site.ledger, Role.VIEWER, owner, 1)
        expect(page.get_by_role("button", name="Revoke")).to_have_count(n)


@on("desktop")
def test_half_typed_text_stays_while_a_hundred_changes_are_made(
    live: Site, tx: Transaction, complaints: Complaints, annotator: User
) -> None:
    complaints.meant.add("status of 409")
    other = make_transaction(live.ledger)
    expect(live.row(other)).to_be_visible()
    field = live.edit(tx, "note")
    expect(field).to_be_focused()
    live.page.keyboard.type(", half")

    for n in range(99):
        write(other, note=f"change {n}")
    Transaction.objects.write(tx.pk, expected_version=1, by=annotator, note="by Ben")
    expect(live.row(other).locator(".note")).to_have_text("change 98")
    expect(live.editor.locator(".meanwhile")).to_be_visible()
    live.page.keyboard.type(" typed")

    expect(field).to_be_focused()
    expect(field).to_have_value("as it was, half typed")
    live.send()
    expect(live.page.locator(".theirs")).to_contain_text("by Ben")


@on("desktop")
def test_focus_stays_on_a_button_of_an_editor_while_the_page_follows(
    live: Site, tx: Transaction
) -> None:
    other = make_transaction(live.ledger)
    expect(live.row(other)).to_be_visible()
    live.edit(tx, "note").fill("mine")
    live.page.keyboard.press("Tab")
    expect(live.editor.get_by_role("button", name="Save")).to_be_focused()

    for n in range(3):
        write(other, note=f"change {n}")
        expect(live.row(other).locator(".note")).to_have_text(f"change {n}")
        expect(live.editor.get_by_role("button", name="Save")).to_be_focused()


@on("desktop")
def test_half_typed_label_stays_and_is_saved(live: Site, tx: Transaction) -> None:
    other = make_transaction(live.ledger)
    expect(live.row(other)).to_be_visible()
    field = live.edit(tx, "labels")
    expect(live.editor.get_by_role("combobox")).to_be_focused()
    live.page.keyboard.type("ren")

    write(other, note="changed elsewhere")
    expect(live.row(other).locator(".note")).to_have_text("changed elsewhere")
    live.page.keyboard.type("t")

    expect(field).to_have_value("rent")
    live.page.keyboard.press("Enter")
    live.page.keyboard.press("Enter")
    expect(live.chips(tx)).to_have_text("rent")


@on_both_widths
def test_warning_does_not_move_what_is_being_pressed(
    live: Site, tx: Transaction, complaints: Complaints, annotator: User
) -> None:
    complaints.meant.add("status of 409")
    live.edit(tx, "note").fill("mine")
    box = live.editor.get_by_role("button", name="Save").bounding_box()
    live.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    live.page.mouse.down()

    Transaction.objects.write(tx.pk, expected_version=1, by=annotator, note="by Ben")
    expect(live.editor.locator(".meanwhile")).to_be_visible()
    live.page.mouse.up()

    expect(live.page.locator(".theirs")).to_contain_text("by Ben")


@on("desktop")
def test_row_that_is_being_edited_stays_when_the_list_loses_it(live: Site, tx: Transaction) -> None:
    field = live.edit(tx, "note")
    expect(field).to_be_focused()

    write(tx, deleted_at=timezone.now())

    expect(live.editor.locator(".meanwhile")).to_be_visible()
    expect(field).to_have_value("as it was")
    live.page.keyboard.press("Escape")
    make_transaction(live.ledger)
    expect(live.row(tx)).to_have_count(0)


@on("desktop")
def test_new_rows_wait_for_whoever_points_at_one(live: Site, tx: Transaction) -> None:
    live.rows.first.hover()
    write(tx, note="pointed at")  # once it is shown, no refresh from before is under way
    expect(live.row(tx).locator(".note")).to_have_text("pointed at")
    known = live.rows.first.get_attribute("id")

    new = [make_transaction(live.ledger) for _ in range(3)]

    waiting = live.page.locator(".new-rows")
    expect(waiting).to_have_text("3 new transactions")
    assert live.rows.first.get_attribute("id") == known
    waiting.click()
    expect(live.row(new[0])).to_be_visible()
    expect(waiting).to_have_count(0)


@on("desktop")
def test_rows_of_an_older_page_stay_and_are_current(site: Site) -> None:
    for _ in range(30):
        make_transaction(site.ledger)
    site.open("?size=25&page=2")
    is_live(site.page)
    shown = [row.get_attribute("id") for row in site.rows.all()]
    assert len(shown) == 5

    for _ in range(4):
        make_transaction(site.ledger)
    Transaction.objects.filter(pk=int(str(shown[0])[1:])).update(note="now")

    expect(site.page.locator(".new-rows")).to_have_text("4 new transactions")
    expect(site.rows.first).to_contain_text("now")
    assert [row.get_attribute("id") for row in site.rows.all()] == shown


@on("desktop")
def test_open_menu_stays_open(live: Site, tx: Transaction) -> None:
    live.page.locator(".sizes summary").click()

    write(tx, note="newer")

    expect(live.row(tx)).to_contain_text("newer")
    expect(live.page.locator(".sizes nav")).to_be_visible()


@on("desktop")
def test_page_says_that_it_is_offline_and_comes_back_current(
    live: Site, tx: Transaction, complaints: Complaints
) -> None:
    complaints.meant |= {"ERR_INTERNET_DISCONNECTED", "Failed to fetch"}
    live.page.context.set_offline(True)
    expect(live.page.locator("#live-status")).to_contain_text("Offline since")
    expect(live.page.locator("#as-of")).to_contain_text("Nothing can be saved")
    write(tx, note="meanwhile")

    live.page.context.set_offline(False)

    is_live(live.page)
    expect(live.row(tx).locator(".note")).to_have_text("meanwhile")
    expect(live.page.locator("#as-of")).to_be_hidden()


@on("desktop")
def test_hidden_page_gives_its_line_back_and_is_current_when_shown(
    live: Site, tx: Transaction
) -> None:
    with live.page.expect_event("requestfailed", lambda request: "/live/" in request.url):
        live.page.evaluate(SHOW, True)
    write(tx, note="while it was hidden")

    live.page.evaluate(SHOW, False)

    expect(live.row(tx).locator(".note")).to_have_text("while it was hidden")


@on("desktop")
def test_page_without_a_line_asks_by_itself(
    live: Site, tx: Transaction, complaints: Complaints
) -> None:
    complaints.meant.add("ERR_FAILED")
    live.page.clock.install()
    live.page.route("**/live/**", lambda route: route.abort())
    live.open()
    write(tx, note="in spite of it")

    for _ in range(14):  # each attempt fails
        with live.page.expect_event("requestfailed", lambda request: "/live/" in request.url):
            live.page.clock.fast_forward(3_000)

    expect(live.row(tx).locator(".note")).to_have_text("in spite of it")
    expect(live.page.locator("#live-status")).to_have_attribute("data-state", "reconnecting")
    live.page.close()  # no other one has this clock


@on("desktop")
def test_page_that_does_not_follow_does_not_say_so(site: Site) -> None:
    site.page.goto(f"/{site.ledger.slug}/transactions/new/")
    asked: list[str] = []
    site.page.on("request", lambda request: asked.append(request.url))

    site.page.evaluate(SHOW, True)
    site.page.evaluate(SHOW, False)
    site.page.evaluate("new Promise(requestAnimationFrame)")

    assert not [url for url in asked if "/live/" in url]
    expect(site.page.locator("#live-status")).to_be_hidden()


@on("desktop")
def test_row_of_a_list_that_is_being_written_in_stays(site: Site) -> None:
    contact = make_contact(site.ledger, "Maria")
    address = make_address(site.ledger, contact=contact)
    site.page.goto(f"/{site.ledger.slug}/contacts/{contact.pk}/")
    is_live(site.page)
    site.page.locator(f"#address-note-{address.pk}").click()
    field = site.page.locator(".editor textarea")
    field.fill("half writ")

    Address.objects.filter(pk=address.pk).update(contact=None)

    expect(site.page.locator(".editor .meanwhile")).to_be_visible()
    expect(field).to_have_value("half writ")
    expect(field).to_be_focused()


@on("desktop")
def test_message_of_a_save_outlives_refreshes(live: Site, tx: Transaction) -> None:
    other = make_transaction(live.ledger)
    expect(live.row(other)).to_be_visible()
    live.press(tx, "hide")
    expect(live.row(tx)).to_have_count(0)

    write(other, note="changed elsewhere")

    expect(live.row(other)).to_contain_text("changed elsewhere")
    expect(live.page.locator("#messages")).to_contain_text("Hidden.")


@on("desktop")
def test_member_who_is_removed_sees_no_more(live: Site, complaints: Complaints) -> None:
    complaints.meant |= {"status of 403", "status of 404"}

    live.ledger.memberships.all().delete()

    expect(live.page.locator("h1")).to_have_text("This page is not here")


@on("desktop")
def test_page_shows_what_the_import_command_brings(live: Site, tmp_path: Path) -> None:
    file = tmp_path / "koinly.csv"
    file.write_text(
        "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency,"
        "Net Worth Amount,Net Worth Currency,Label,Description,TxHash\n"
        "2030-01-01 12:00:00,,,0.25,ZEC,,,,,,came with a file,\n"
    )
    into = {"ledger": live.ledger.slug, "wallet": "Imported", "create_wallet": True}

    call_command("import_transactions", str(file), **into)

    expect(live.rows.first).to_contain_text("came with a file")
    expect(live.rows.first).to_contain_text("0.25 ZEC")


@on("desktop")
def test_page_shows_what_the_admin_saves(live: Site, tx: Transaction, server: Server) -> None:
    boss = Client()
    boss.force_login(make_user("boss", is_superuser=True, is_staff=True))
    name = settings.SESSION_COOKIE_NAME
    with live.page.context.browser.new_context(base_url=server.url) as context:
        cookie = {"name": name, "value": boss.cookies[name].value, "url": server.url}
        context.add_cookies([cookie])
        admin = context.new_page()
        admin.goto(f"/admin/transactions/transaction/{tx.pk}/change/")
        admin.locator("#id_note").fill("by the admin")
        admin.get_by_role("button", name="Save", exact=True).click()

        expect(live.row(tx).locator(".note")).to_have_text("by the admin")


@on("desktop")
def test_page_shows_what_another_tab_saves(live: Site, tx: Transaction) -> None:
    with live.page.context.new_page() as page:
        tab = Site(page, live.ledger)
        tab.open()
        tab.edit(tx, "note").fill("in another tab")
        tab.save()

        expect(live.row(tx).locator(".note")).to_have_text("in another tab")
