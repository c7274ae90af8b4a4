"""What a page offers to be chosen where a file cannot be read as it is."""

import re

import pytest
from django.test import Client

from imports.models import Upload
from ledgers.models import Ledger
from tests.factories import make_mapping
from tests.formats.test_etherscan import HEADER, ME, transaction
from tests.imports.test_pages import page, send
from tests.imports.uploads import koinly, work_off

pytestmark = pytest.mark.django_db(transaction=True)
State = Upload.State


def offered(html: str) -> list[tuple[str, str]]:
    found = re.findall(r'<form class="offer".*?</form>', html, re.DOTALL)
    return re.findall(r'<button[^>]* name="(\w+)"\s+value="([^"]*)"', "".join(found))


def shown(client: Client, path: str) -> tuple[State, str]:
    work_off()
    return Upload.objects.get().state, page(client, path)


def test_one_of_two_formats_is_chosen(client: Client, ledger: Ledger) -> None:
    for name in ("Mine", "Yours"):
        make_mapping(ledger, name)
    path = send(client, ledger, ("table.csv", "Day,Sum\n2024-01-31 10:00,1.5\n"))

    state, html = shown(client, path)
    assert (state, offered(html)) == (
        State.REFUSED,
        [("format", "mapping:Mine"), ("format", "mapping:Yours")],
    )
    assert "The file can be of several formats: “Mine”, “Yours”" in html

    client.post(path, {"format": "mapping:Yours"})
    state, html = shown(client, path)
    assert (state, offered(html)) == (State.CHECKED, [])
    assert "Read as <b>Yours</b>" in html


def test_all_formats_are_too_many_for_buttons(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("file.csv", "a,b\n1,2\n"))

    assert offered(shown(client, path)[1]) == []


def test_what_was_chosen_stays_with_the_next_choice(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("file.csv", f"{HEADER}\n{transaction(out='1')}\n"))
    work_off()
    client.post(path, {"wallet": "Mine", "restore_deleted": "on"})

    html = shown(client, path)[1]

    assert ("owner_address", ME) in offered(html)
    assert '<input type="hidden" name="wallet" value="Mine">' in html
    assert '<input type="hidden" name="restore_deleted" value="True">' in html
    client.post(path, {"wallet": "Mine", "restore_deleted": "True", "owner_address": ME})
    work_off()
    assert Upload.objects.get().options["restore_deleted"] is True


def test_format_that_does_not_fit_is_to_be_found_out(client: Client, ledger: Ledger) -> None:
    path = send(client, ledger, ("file.csv", koinly("1")))
    work_off()
    client.post(path, {"wallet": "Mine", "format": "coinbase"})

    assert offered(shown(client, path)[1]) == [("format", "")]
