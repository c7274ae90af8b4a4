"""Wallets: what they hold, what people write about them, and which addresses are their own."""

import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import StringIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from contacts.actions.wallets import AddressTaken, add_own_address
from contacts.chains import normalise
from contacts.models import Address, Wallet
from contacts.queries.wallets import holdings
from imports.models import ImportBatch
from ledgers.models import Ledger, Role, User
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
    some_address,
)
from transactions.models import Asset, Transaction
from transactions.queries import listing as queries

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
LIST = "/keller/wallets/"
MINE = "0x" + "ab" * 20

SAMPLES = Path(os.environ.get("TXPROJECT_SAMPLES") or "missing")
FILES = [
    "etherscan/privatefolio_0x003dc_etherscan.csv",
    "etherscan/privatefolio_0x003dc_etherscan-internal.csv",
    "etherscan/privatefolio_0x003dc_etherscan-erc20.csv",
    "coinbase/etg_coinbase-export.csv",
    "coinbase/everytrade_CoinbaseBeanV1.csv",
    "kraken_ledgers/cointaxman_kraken-ledgers.csv",
    "binance_transaction_history/rotki_binance_history.csv",
]

# Each movement a line of its own, added up by nobody but the database.
INDEPENDENT = """
    SELECT w.name, a.symbol, a.contract, sum(moved.amount)
    FROM (
        SELECT wallet_id, received_asset_id AS asset_id, received_amount AS amount, deleted_at
        FROM transactions_transaction WHERE ledger_id = %(ledger)s
        UNION ALL
        SELECT wallet_id, sent_asset_id, -sent_amount, deleted_at
        FROM transactions_transaction WHERE ledger_id = %(ledger)s
        UNION ALL
        SELECT wallet_id, fee_asset_id, -fee_amount, deleted_at
        FROM transactions_transaction WHERE ledger_id = %(ledger)s
    ) moved
    JOIN contacts_wallet w ON w.id = moved.wallet_id
    JOIN transactions_asset a ON a.id = moved.asset_id
    WHERE moved.deleted_at IS NULL
    GROUP BY w.name, a.symbol, a.contract
"""


def independent(ledger: Ledger) -> dict[tuple[str, str, str], Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(INDEPENDENT, {"ledger": ledger.pk})
        return {(wallet, *asset): amount for wallet, *asset, amount in cursor.fetchall()}


def held(ledger: Ledger) -> dict[tuple[str, str, str], Decimal]:
    wallets = list(ledger.wallets.all())
    found = holdings(wallets, ledger)
    return {
        (wallet.name, balance.asset.symbol, balance.asset.contract): balance.amount
        for wallet in wallets
        for balance in found[wallet.pk].balances
    }


def text(response: Any) -> str:
    page = response.content.decode().replace("<mark>", "").replace("</mark>", "")
    return " ".join(page.split())


def as_role(ledger: Ledger, role: Role) -> Client:
    member, client = make_user(), Client()
    make_member(ledger, member, role)
    client.force_login(member)
    return client


def test_balance_is_received_less_sent_less_fee_to_the_last_digit(ledger: Ledger) -> None:
    huge, tiny = "9" * 60, "0." + "0" * 35 + "1"
    make_transaction(ledger, received=(huge, "ETH"))
    make_transaction(ledger, received=(tiny, "ETH"))
    make_transaction(ledger, sent=("2.5", "ETH"), fee=("0.1", "ETH"), type="withdrawal")
    make_transaction(
        ledger, sent=("1", "EUR"), received=("3", "ETH"), fee=("4", "BNB"), type="trade"
    )

    wallet = ledger.wallets.get()
    found = held(ledger)

    assert found == {
        (wallet.name, "ETH", ""): Decimal(huge) + Decimal(tiny) + Decimal("0.4"),
        (wallet.name, "EUR", ""): Decimal(-1),
        (wallet.name, "BNB", ""): Decimal(-4),
    }
    assert found == independent(ledger)


def test_balance_counts_hidden_rows_and_fees_of_failed_ones_but_no_deleted_row(
    ledger: Ledger,
) -> None:
    make_transaction(ledger, received=("1", "ETH"), hidden=True)
    make_transaction(ledger, fee=("0.25", "ETH"), type="fee", status="failed")
    make_transaction(ledger, received=("7", "ETH"), deleted_at=NOON)

    holding = holdings(ledger.wallets.all(), ledger)[ledger.wallets.get().pk]

    assert [(b.asset.symbol, b.amount, b.n) for b in holding.balances] == [
        ("ETH", Decimal("0.75"), 2)
    ]
    assert holding.n == 2


def test_balances_tell_a_spoofed_token_from_the_coin(ledger: Ledger) -> None:
    fake = Asset.objects.create(ledger=ledger, symbol="ETH", chain="ethereum", contract=MINE)
    make_transaction(ledger, received=("1", "ETH"))
    make_transaction(ledger, received=("1000", fake))

    assert sorted(held(ledger).values()) == [1, 1000]


@pytest.mark.slow
def test_balances_of_the_demo_ledger_equal_an_independent_sum(db: None) -> None:
    call_command("demo", stdout=StringIO(), transactions=2000)
    ledger = Ledger.objects.get(slug="demo")

    found = held(ledger)

    assert found == independent(ledger)
    assert len(found) > 30


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="TXPROJECT_SAMPLES is not set")
def test_balances_of_real_files_equal_an_independent_sum(db: None) -> None:
    ledger = make_ledger(slug="samples")
    for name in FILES:
        wallet, options = name.partition("/")[0], {"skip_bad": "binance" in name or "Bean" in name}
        call_command(
            "import_transactions", str(SAMPLES / name), ledger="samples", wallet=wallet,
            create_wallet=True, stdout=StringIO(), stderr=StringIO(), **options,
        )  # fmt: skip

    found = held(ledger)

    assert found == independent(ledger)
    assert found["etherscan", "ETH", ""] == Decimal("17.901287591473025178")
    assert found["binance_transaction_history", "ZRX", ""] == Decimal("-25596.06")
    assert ledger.transactions.count() > 1000


def test_page_marks_what_is_below_zero_and_leads_to_its_rows(
    client: Client, ledger: Ledger
) -> None:
    binance = make_wallet(ledger, "Binance", kind="exchange")
    make_transaction(ledger, wallet=binance, sent=("4210.27", "USDT"), type="withdrawal")

    page = text(client.get(LIST))

    assert "Binance is at" in page
    assert "below zero" in page
    assert "4,210.27" in page
    rows = f"/keller/transactions/?wallet={binance.pk}&amp;hidden=all&amp;asset=USDT"
    assert f'href="{rows}"' in page
    assert "4,210.27" in text(client.get(rows.replace("&amp;", "&")))


def test_page_says_kind_address_last_transaction_and_last_import(
    client: Client, ledger: Ledger
) -> None:
    main, cash = make_wallet(ledger, "Main", kind="chain"), make_wallet(ledger, "Cash")
    for n in range(3):
        make_address(ledger, some_address(0xABC000 + n), wallet=main)
    make_transaction(ledger, wallet=main, occurred_at="2026-05-04T22:30:00Z")
    make_transaction(ledger, wallet=main, deleted_at=NOON, occurred_at="2027-01-01T00:00:00Z")
    make_batch(main, "2026-05-06T10:00:00Z")

    page = text(client.get(LIST))

    assert "on-chain, EVM" in page
    assert "c000</span>, 2 more" in page.lower()
    assert "last transaction 4 May 2026" in page
    assert "imported 6 May 2026" in page
    assert page.index("Cash") < page.index("no transactions yet") < page.index(main.name)
    assert cash.name in page


def make_batch(wallet: Wallet, at: str) -> ImportBatch:
    numbers = dict.fromkeys(
        ("lines", "imported", "duplicates", "skipped", "errors", "transactions"), 0
    )
    batch = ImportBatch.objects.create(
        ledger=wallet.ledger, wallet=wallet, file_name="a.csv", format="x", **numbers
    )
    ImportBatch.objects.filter(pk=batch.pk).update(imported_at=at)
    return batch


@pytest.mark.parametrize("count", [1, 4])
def test_page_takes_the_same_number_of_queries_for_any_number_of_wallets(
    client: Client, ledger: Ledger, django_assert_num_queries: Any, count: int
) -> None:
    for n in range(count):
        wallet = make_wallet(ledger)
        make_address(ledger, wallet=wallet)
        make_transaction(ledger, wallet=wallet, received=("1", f"COIN{n}"))
        make_transaction(ledger, wallet=wallet, sent=("1", f"COIN{n + 1}"), type="withdrawal")
    client.get(LIST)

    with django_assert_num_queries(10):
        client.get(LIST)


def test_balances_of_a_large_ledger_come_after_the_page(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large enough for this test."""
    monkeypatch.setattr(queries, "MAX_COUNT", 1)
    for amount in ("1.25", "2.5"):
        make_transaction(ledger, received=(amount, "ETH"))

    page = text(client.get(LIST))
    fragment = text(client.get(LIST + "balances/", headers=PARTIAL))
    whole = text(client.get(LIST + "balances/"))

    assert "3.75" not in page
    assert 'hx-get="/keller/wallets/balances/"' in page
    assert all("3.75" in each and "2 transactions" in each for each in (fragment, whole))
    assert 'hx-swap-oob="true"' in fragment
    assert ("<html" in fragment, "<html" in whole, "hx-swap-oob" in whole) == (False, True, False)


def test_viewer_reads_and_is_offered_nothing_to_change(client: Client, ledger: Ledger) -> None:
    make_wallet(ledger, "Main")

    page = text(as_role(ledger, Role.VIEWER).get(LIST))

    assert "Main" in page
    assert "/wallets/new/" in text(client.get(LIST))
    assert "/wallets/new/" not in page
    assert "archived/" not in page


@pytest.mark.parametrize("headers", [{}, PARTIAL])
@pytest.mark.parametrize("what", ["new/", "{pk}/", "{pk}/addresses/"])
def test_wallet_editor_opens_as_a_page_and_as_a_fragment(
    client: Client, ledger: Ledger, what: str, headers: dict[str, str]
) -> None:
    wallet = make_wallet(ledger, "Main")
    make_address(ledger, MINE, wallet=wallet)

    page = text(client.get(LIST + what.format(pk=wallet.pk), headers=headers))

    assert ("<html" in page) is (headers == {})
    assert "<form" in page


def test_wallet_is_made_and_edited(client: Client, ledger: Ledger, user: User) -> None:
    made = client.post(LIST + "new/", {"name": " Main  wallet", "kind": "chain", "version": 1})
    main = Wallet.objects.get()
    assert (made.status_code, main.name, main.kind) == (303, "Main wallet", "chain")
    assert main.edited_by == user

    edited = client.post(f"{LIST}{main.pk}/", {"name": "Main", "kind": "other", "version": 1})
    main.refresh_from_db()
    assert (edited.status_code, main.name, main.kind, main.version) == (303, "Main", "other", 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "kraken"}, "There is a wallet “kraken” already."),
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"kind": "bank"}, "Select a valid choice."),
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_wallet_that_cannot_be_is_refused_beside_the_field(
    client: Client, ledger: Ledger, change: dict[str, str], said: str, new: bool
) -> None:
    make_wallet(ledger, "Kraken")
    main = make_wallet(ledger, "Main")
    given = {"name": "Fine", "kind": "chain", "version": 1} | change

    response = client.post(LIST + ("new/" if new else f"{main.pk}/"), given)

    assert (response.status_code, said in text(response)) == (422, True)
    assert sorted(ledger.wallets.values_list("name", flat=True)) == ["Kraken", "Main"]


def test_wallet_that_somebody_renamed_meanwhile_is_kept_and_both_are_shown(
    client: Client, ledger: Ledger, annotator: User
) -> None:
    main = make_wallet(ledger, "Main", kind="chain")
    Wallet.objects.write(main.pk, expected_version=1, by=annotator, name="What Ben wrote")
    mine = {"name": "What Ana wrote", "kind": "other", "version": 1}

    response = client.post(f"{LIST}{main.pk}/", mine, headers=PARTIAL)

    main.refresh_from_db()
    page = text(response)
    assert (response.status_code, main.name) == (409, "What Ben wrote")
    assert "What Ben wrote, on-chain" in page
    assert 'value="What Ana wrote"' in page
    assert "ben saved this" in page

    again = client.post(f"{LIST}{main.pk}/", mine | {"version": 2})
    main.refresh_from_db()
    assert (again.status_code, main.name) == (303, "What Ana wrote")


def test_wallet_is_archived_and_comes_back(client: Client, ledger: Ledger) -> None:
    main = make_wallet(ledger, "Main")
    for archived in ("1", "1"):
        client.post(f"{LIST}{main.pk}/archived/", {"archived": archived})
    assert "Main" not in text(client.get(LIST + "?x=")).replace("Main is archived", "")
    assert "Main" in text(client.get(LIST + "?archived=1"))
    main.refresh_from_db()
    assert main.version == 2

    client.post(f"{LIST}{main.pk}/archived/", {"archived": "0"})
    main.refresh_from_db()
    assert main.archived_at is None


def add(client: Client, wallet: Wallet, addresses: str) -> Any:
    return client.post(f"{LIST}{wallet.pk}/addresses/", {"addresses": addresses})


def test_own_address_shows_the_wallet_on_transfers_to_it(client: Client, ledger: Ledger) -> None:
    kraken, cold = make_wallet(ledger, "Kraken"), make_wallet(ledger, "Cold storage")
    counterparty = make_address(ledger, MINE)
    make_transaction(ledger, wallet=kraken, sent=("1", "ETH"), counterparty=counterparty)
    transactions = "/keller/transactions/"
    assert "own wallet" not in text(client.get(transactions))

    response = add(client, cold, f"\n {MINE.upper().replace('0X', '0x')} \n{some_address()}\n")

    assert response.status_code == 303
    page = text(client.get(transactions))
    assert "own wallet" in page
    assert "Cold storage" in page[page.index("<tbody") :]
    assert set(cold.addresses.values_list("normalised", flat=True)) > {MINE}


@pytest.mark.parametrize("owner", ["contact", "wallet"])
def test_own_address_that_is_somebody_elses_is_refused_with_a_way_there(
    client: Client, ledger: Ledger, owner: str
) -> None:
    other = (make_contact if owner == "contact" else make_wallet)(ledger, "Maria <b>Keller")
    make_address(ledger, MINE, **{owner: other})
    main, free = make_wallet(ledger, "Main"), some_address()

    response = add(client, main, f"{free}\n{MINE}")

    page = text(response)
    assert response.status_code == 422
    assert f"{'a contact' if owner == 'contact' else 'another wallet'}’s already: <a href=" in page
    assert "Maria &lt;b&gt;Keller</a>" in page
    assert not main.addresses.exists()
    assert not Address.objects.filter(normalised=free).exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("vitalik.eth", "is a name; the address behind it is needed."),
        ("", "This field is required."),
        ("0x123\n" + MINE, "has 3 digits after 0x"),
        ("\n".join([MINE] * 501), "These are 501 lines"),
    ],
)
def test_own_address_that_is_none_is_refused(
    client: Client, ledger: Ledger, lines: str, said: str
) -> None:
    main = make_wallet(ledger, "Main")

    response = add(client, main, lines)

    assert (response.status_code, said in text(response)) == (422, True)
    assert not Address.objects.exists()


def test_own_address_added_twice_stays_one(client: Client, ledger: Ledger) -> None:
    main = make_wallet(ledger, "Main")

    answers = [add(client, main, f"{MINE}\n{MINE}").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert Address.objects.get().wallet == main


def test_own_address_is_removed_and_stays_with_its_transactions(
    client: Client, ledger: Ledger
) -> None:
    main, other = make_wallet(ledger, "Main"), make_wallet(ledger, "Other")
    address, theirs = (make_address(ledger, wallet=wallet) for wallet in (main, other))
    make_transaction(ledger, wallet=other, counterparty=address)

    for each in (address, address, theirs):
        client.post(f"{LIST}{main.pk}/addresses/{each.pk}/removed/")

    address.refresh_from_db()
    theirs.refresh_from_db()
    assert (address.wallet, theirs.wallet) == (None, other)
    assert Transaction.objects.get().counterparty == address


@pytest.mark.django_db(transaction=True)
def test_address_that_two_wallets_claim_at_once_is_one_of_theirs() -> None:
    ana = make_user("ana")
    ledger, found, start = make_ledger(owner=ana), normalise(MINE), Barrier(2)
    both = [make_wallet(ledger), make_wallet(ledger)]

    def claim(wallet: Wallet) -> bool:
        try:
            start.wait()
            add_own_address(wallet, found, ana)
        except AddressTaken:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(claim, both))

    assert sorted(done) == [False, True]
    assert Address.objects.get().wallet == both[done.index(True)]
