"""The ledger's own page: name, zone, members. And a new ledger."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from history.roles import WRITTEN
from ledgers.models import MAY, LastOwner, Ledger, Membership, Role, User
from tests.factories import make_ledger, make_member, make_user

SETTINGS = "/keller/settings/"


def membership(ledger: Ledger, name: str) -> Membership:
    return ledger.memberships.get(user__username=name)


def roles(ledger: Ledger) -> dict[str, Role]:
    return {m.user.username: Role(m.role) for m in ledger.memberships.select_related("user")}


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_owner_renames_the_ledger_and_moves_its_time_zone(client: Client, ledger: Ledger) -> None:
    change = {"name": " The  Kellers ", "time_zone": "Europe/Berlin", "version": ledger.version}

    response = client.post(SETTINGS, change)

    ledger.refresh_from_db()
    assert (response.status_code, response.headers["Location"]) == (303, SETTINGS)
    assert (ledger.name, ledger.time_zone, ledger.slug) == (
        "The Kellers",
        "Europe/Berlin",
        "keller",
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("time_zone", "Europe/Berlim", "There is no time zone “Europe/Berlim”."),
        ("name", "   ", "This field is required."),
        ("name", "x" * 101, "at most 100 characters"),
    ],
)
def test_settings_that_cannot_be_are_refused_beside_the_field(
    client: Client, ledger: Ledger, field: str, value: str, said: str
) -> None:
    change = {"name": "Other", "time_zone": "UTC", "version": ledger.version} | {field: value}

    response = client.post(SETTINGS, change)

    ledger.refresh_from_db()
    assert (response.status_code, ledger.name) == (422, "Keller family")
    assert said in response.content.decode()


def test_settings_that_another_owner_changed_meanwhile_are_kept_and_both_are_shown(
    client: Client, ledger: Ledger
) -> None:
    dora = make_user("dora")
    Ledger.objects.write(
        ledger.pk, expected_version=ledger.version, by=dora, name="What Dora wrote"
    )
    mine = {"name": "What Ana wrote", "time_zone": "UTC", "version": ledger.version}

    response = client.post(SETTINGS, mine)

    page = response.content.decode().replace("<mark>", "").replace("</mark>", "")
    ledger.refresh_from_db()
    assert (response.status_code, ledger.name) == (409, "What Dora wrote")
    assert "dora saved this" in page
    assert "What Dora wrote, UTC" in page
    assert 'value="What Ana wrote"' in page


def test_viewer_reads_the_settings_and_finds_nothing_to_change(ledger: Ledger) -> None:
    vera = make_user("vera")
    make_member(ledger, vera, Role.VIEWER)

    page = as_user(vera).get(SETTINGS).content.decode()

    assert "Keller family" in page
    assert all(name in page for name in ("ana", "vera"))
    assert all(f"<dt>{role.label}</dt>" in page for role in Role)
    assert '<form class="setting' not in page
    assert "/members/" not in page


def test_member_is_added_by_the_exact_user_name(client: Client, ledger: Ledger) -> None:
    make_user("Ben")

    refused = client.post("/keller/members/", {"username": "ben", "role": Role.ANNOTATOR})
    added = client.post("/keller/members/", {"username": "Ben", "role": Role.ANNOTATOR})

    assert (refused.status_code, added.status_code) == (422, 303)
    assert "There is no user “ben”." in refused.content.decode()
    assert roles(ledger) == {"ana": Role.OWNER, "Ben": Role.ANNOTATOR}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"username": "ana", "role": Role.VIEWER}, "ana is a member already."),
        ({"username": "gone", "role": Role.VIEWER}, "There is no user “gone”."),
        ({"username": "ben", "role": 99}, "Select a valid choice."),
        ({"username": "", "role": Role.VIEWER}, "This field is required."),
    ],
)
def test_member_that_cannot_be_added_is_refused(
    client: Client, ledger: Ledger, given: dict[str, Any], said: str
) -> None:
    make_user("ben")
    make_user("gone", is_active=False)

    response = client.post("/keller/members/", given)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert roles(ledger) == {"ana": Role.OWNER}


def test_role_is_changed_and_counts_from_the_next_request(
    client: Client, ledger: Ledger, annotator: User
) -> None:
    ben = membership(ledger, "ben")
    assert as_user(annotator).post(SETTINGS).status_code == 403

    response = client.post(f"/keller/members/{ben.pk}/role/", {"role": Role.OWNER})

    assert (response.status_code, roles(ledger)["ben"]) == (303, Role.OWNER)
    assert as_user(annotator).post(SETTINGS).status_code == 422


def test_removed_member_is_out_at_once(client: Client, ledger: Ledger, annotator: User) -> None:
    ben, his = membership(ledger, "ben"), as_user(annotator)
    assert his.get("/keller/transactions/").status_code == 200

    client.post(f"/keller/members/{ben.pk}/removed/")

    assert his.get("/keller/transactions/").status_code == 404
    assert roles(ledger) == {"ana": Role.OWNER}


@pytest.mark.parametrize(("act", "given"), [("removed", {}), ("role", {"role": Role.VIEWER})])
def test_last_owner_stays(client: Client, ledger: Ledger, act: str, given: Any) -> None:
    make_member(ledger, make_user("ed"), Role.EDITOR)
    ana = membership(ledger, "ana")

    response = client.post(f"/keller/members/{ana.pk}/{act}/", given)

    assert response.status_code == 422
    assert "ana is the only owner" in response.content.decode()
    assert roles(ledger)["ana"] == Role.OWNER


def test_owner_may_go_when_there_is_another(client: Client, ledger: Ledger) -> None:
    make_member(ledger, make_user("dora"), Role.OWNER)
    ana = membership(ledger, "ana")

    response = client.post(f"/keller/members/{ana.pk}/removed/")

    assert response.headers["Location"] == "/"
    assert roles(ledger) == {"dora": Role.OWNER}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["remove", "change_role"])
def test_last_owner_stays_when_two_remove_each_other_at_once(act: str) -> None:
    ledger = make_ledger(owner=make_user("ana"))
    make_member(ledger, make_user("dora"), Role.OWNER)
    start = Barrier(2)

    def go(name: str) -> bool:
        try:
            of = Ledger.objects.get()
            role = () if act == "remove" else (Role.VIEWER,)
            member = membership(of, name)
            start.wait()
            getattr(of, act)(member, *role)
        except LastOwner:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(go, ("ana", "dora")))

    assert sorted(done) == [False, True]
    assert list(roles(ledger).values()).count(Role.OWNER) == 1


def test_new_ledger_is_its_makers(client: Client, user: User) -> None:
    response = client.post("/new/", {"name": "Studio", "time_zone": "Europe/Vienna"})

    studio = Ledger.objects.get(slug="studio")
    assert response.headers["Location"] == "/studio/"
    assert (studio.name, studio.time_zone) == ("Studio", "Europe/Vienna")
    assert roles(studio) == {"ana": Role.OWNER}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Keller", "keller-2"),
        ("New", "new-2"),
        ("Семья", "ledger"),
        ("a" * 100, "a" * 40),
    ],
)
def test_new_ledger_has_a_slug_of_its_own(
    client: Client, ledger: Ledger, name: str, slug: str
) -> None:
    response = client.post("/new/", {"name": name, "time_zone": "UTC"})

    assert response.headers["Location"] == f"/{slug}/"


def test_new_ledger_with_no_such_time_zone_is_refused(client: Client) -> None:
    response = client.post("/new/", {"name": "Studio", "time_zone": "Mars/Olympus"})

    assert response.status_code == 422
    assert not Ledger.objects.filter(name="Studio").exists()


def test_user_without_a_ledger_is_offered_one(db: None) -> None:
    page = as_user(make_user("zoe")).get("/").content.decode()

    assert 'href="/new/"' in page


def test_menu_leads_to_the_settings_and_to_a_new_ledger(client: Client) -> None:
    page = client.get("/keller/transactions/").content.decode()

    assert 'href="/keller/settings/"' in page
    assert 'href="/new/"' in page


def test_what_an_annotator_writes_is_said_whole() -> None:
    """On the page of the settings, and in the README."""
    words = {
        "label": "label",
        "note": "note",
        "type": "type",
        "contact": "contact",
        "hidden": "hid",
    }
    readme = (settings.BASE_DIR / "README.md").read_text()
    (row,) = re.findall(r"^\| annotator \|.*", readme, re.MULTILINE)

    assert words.keys() == WRITTEN
    for said in (str(MAY[Role.ANNOTATOR]), row):
        assert [what for what, word in words.items() if word not in said] == []
