"""A device that keeps passkeys, which Chromium plays."""

from playwright.sync_api import CDPSession, Page, expect

from ledgers.models import Ledger, User
from tests.browser.site import Complaints, on
from tests.server import Server

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def device(page: Page) -> tuple[CDPSession, str]:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, made["authenticatorId"]


def log_in(page: Page) -> None:
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    page.get_by_text("theme, language, log out").locator("xpath=..").click()
    page.get_by_role("button", name="Log out", exact=True).click()


@on("desktop")
def test_passkey_is_made_logs_in_and_is_a_second_factor(
    page: Page, ledger: Ledger, server: Server, complaints: Complaints
) -> None:
    complaints.expect_logout()
    session, authenticator = device(page)
    here = server.url.replace("127.0.0.1", "localhost")  # an address has no passkeys
    page.goto(f"{here}/account/passkeys/new/")
    log_in(page)
    page.get_by_label("Name of the passkey").fill("Laptop")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".codes li")).to_have_count(10)
    log_out_of(page, here)

    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(f"**/{ledger.slug}/**")
    log_out(page)
    log_in(page)
    page.get_by_role("button", name="Use the passkey").click()
    page.wait_for_url(f"**/{ledger.slug}/**")
    log_out(page)

    session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("The passkey was not taken.")
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator})
    assert User.objects.get().authenticator_set.get(type="webauthn").wrap().name == "Laptop"


def log_out_of(page: Page, here: str) -> None:
    page.goto(f"{here}/logout/")
    page.get_by_role("button", name="Log out").click()
