from decimal import Decimal

import pytest
from django.db import connection

from contacts.models import Address, Wallet
from formats.parsing.records import Hint, ImportFailed
from imports.models import ImportBatch, SourceLine
from tests.factories import make_address, make_contact, make_label, make_ledger, make_wallet
from tests.formats.test_etherscan import ME, token
from tests.imports.helpers import counts, fixture, koinly, run
from transactions.models import Asset, Label, Transaction

OWNER = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
FRIEND = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
HEADER = (
    "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency,"
    "Net Worth Amount,Net Worth Currency,Label,Description,TxHash"
)
TOKENS = (
    "Txhash,Blockno,UnixTimestamp,DateTime (UTC),From,To,TokenValue,USDValueDayOfTx,"
    "ContractAddress,TokenName,TokenSymbol"
)


def deposit(amount: str, symbol: str = "ETH", label: str = "", note: str = "") -> str:
    return f"2024-01-02 03:04,,,{amount},{symbol},,,,,{label},{note},"


def file(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def nothing_written() -> bool:
    models = (Transaction, SourceLine, ImportBatch, Asset, Address, Label, Wallet)
    return not any(model.objects.exists() for model in models)


def test_file_becomes_transactions(ledger):
    result = run(ledger, fixture("etherscan.csv"))

    rows = Transaction.objects.order_by("occurred_at")
    assert counts(result) == (4, 4, 0, 0, 0, 4)
    assert [(row.type, row.status) for row in rows] == [
        ("deposit", "ok"),
        ("fee", "ok"),
        ("withdrawal", "ok"),
        ("fee", "failed"),
    ]
    sent = rows[2]
    assert (sent.sent_amount, str(sent.sent_asset)) == (Decimal("0.25"), "ETH")
    assert (sent.received_amount, sent.received_asset) == (None, None)
    assert (sent.fee_amount, str(sent.fee_asset)) == (Decimal("0.00042"), "ETH")
    assert sent.own_address.shown == OWNER
    assert sent.counterparty.normalised.endswith("e" * 40)
    assert sent.group_key == sent.tx_hash == f"0x1{'0' * 62}3"


def test_batch_says_what_was_imported(ledger, user):
    result = run(ledger, fixture("etherscan.csv"), name="export.csv", user=user)

    batch = ImportBatch.objects.get()
    assert result.batch == batch.pk
    assert (batch.file_name, batch.format, batch.imported_by) == ("export.csv", "etherscan", user)
    assert (batch.lines, batch.imported, batch.transactions) == (4, 4, 4)
    assert len(batch.sha256) == 64
    assert batch.header[0] == "Transaction Hash"
    assert batch.rows.count() == 4


def test_source_line_is_kept_as_it_was(ledger):
    run(ledger, file(deposit('"1,500"', note='"a, b"')))

    line = Transaction.objects.get().source_lines.get()
    assert (line.line, line.family, len(line.key)) == (2, "koinly", 32)
    assert line.cells[3] == "1,500"
    assert line.cells[10] == "a, b"


def test_second_import_adds_nothing_and_is_recorded(ledger):
    run(ledger, fixture("etherscan.csv"))

    result = run(ledger, fixture("etherscan.csv"))

    assert counts(result) == (4, 0, 4, 0, 0, 0)
    assert ImportBatch.objects.get(pk=result.batch).duplicates == 4
    assert (ImportBatch.objects.count(), Transaction.objects.count()) == (2, 4)


def test_longer_file_adds_what_is_new(ledger):
    run(ledger, koinly(5))

    result = run(ledger, koinly(8))

    assert counts(result) == (8, 3, 5, 0, 0, 3)
    assert Transaction.objects.count() == 8


def test_identical_lines_are_as_many_rows(ledger):
    first = run(ledger, file(*[deposit("1")] * 6))
    second = run(ledger, file(*[deposit("1")] * 7))

    assert counts(first) == (6, 6, 0, 0, 0, 6)
    assert counts(second) == (7, 1, 6, 0, 0, 1)


def test_deleted_row_does_not_come_back(ledger):
    run(ledger, koinly(1))
    Transaction.objects.update(deleted_at="2026-01-01T00:00Z")

    assert counts(run(ledger, koinly(1))) == (1, 0, 1, 0, 0, 0)


def test_row_that_was_removed_for_good_comes_back(ledger):
    run(ledger, koinly(1))
    Transaction.objects.all().delete()

    assert counts(run(ledger, koinly(1))) == (1, 1, 0, 0, 0, 1)


def test_other_wallet_and_other_ledger_have_lines_of_their_own(ledger):
    other = make_ledger()

    results = [run(ledger, koinly(2)), run(ledger, koinly(2), "Second"), run(other, koinly(2))]

    assert [result.imported for result in results] == [2, 2, 2]
    assert [row.ledger for row in Transaction.objects.order_by("pk")] == [ledger] * 4 + [other] * 2


def test_bad_line_refuses_the_whole_file(ledger):
    result = run(ledger, file(deposit("1"), deposit("one"), deposit("3")))

    assert counts(result) == (3, 0, 0, 2, 1, 0)
    assert [(error.line, error.column) for error in result.errors] == [(3, "Received Amount")]
    assert [skip.line for skip in result.skipped] == [2, 4]
    assert all("bad rows" in skip.reason for skip in result.skipped)
    assert nothing_written()


def test_bad_line_can_be_left_out(ledger):
    result = run(ledger, file(deposit("1"), deposit("one"), deposit("3")), skip_bad=True)

    assert counts(result) == (3, 2, 0, 0, 1, 2)
    assert ImportBatch.objects.get().errors == 1


def test_dry_run_counts_and_writes_nothing(ledger):
    result = run(ledger, koinly(5), dry_run=True)

    assert counts(result) == (5, 5, 0, 0, 0, 5)
    assert result.batch is None
    assert nothing_written()


def test_failure_while_writing_leaves_nothing(ledger):
    def fail(fraction: float) -> None:
        if fraction > 0.6:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run(ledger, koinly(5000), progress=fail)

    assert nothing_written()


@pytest.mark.slow
def test_progress_goes_forward_to_the_end(ledger):
    seen: list[float] = []

    run(ledger, koinly(5000), progress=seen.append)

    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(seen) > 5


@pytest.mark.slow
def test_file_of_several_chunks_is_whole(ledger):
    result = run(ledger, koinly(4500))

    assert counts(result) == (4500, 4500, 0, 0, 0, 4500)
    assert SourceLine.objects.filter(transaction__received_amount="4500.5", line=4501).exists()


@pytest.mark.slow
def test_unit_whose_lines_are_far_apart_is_one_transaction(ledger):
    header = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance"
    legs = [f"A{n},R{n},2024-01-02 03:04:05,trade,,currency,ZEUR,-{n + 1},0,0" for n in range(3000)]
    other = [f"B{n},R{n},2024-01-02 03:04:05,trade,,currency,XXBT,1,0,0" for n in range(3000)]

    result = run(ledger, "\n".join([header, *legs, *other, ""]))

    assert counts(result) == (6000, 6000, 0, 0, 0, 3000)
    assert Transaction.objects.filter(sent_amount__isnull=False, received_amount=1).count() == 3000


def test_rest_of_a_unit_makes_its_own_row(ledger):
    header = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance"
    legs = [
        "A,R,2024-01-02 03:04:05,trade,,currency,ZEUR,-1,0,0",
        "B,R,2024-01-02 03:04:05,trade,,currency,XXBT,1,0,0",
    ]
    run(ledger, "\n".join([header, legs[0], ""]))

    result = run(ledger, "\n".join([header, *legs, ""]))

    assert counts(result) == (2, 1, 1, 0, 0, 1)
    assert Transaction.objects.filter(group_key="R").count() == 2


@pytest.mark.parametrize(("name", "kind"), [("etherscan.csv", "chain"), ("koinly.csv", "other")])
def test_wallet_is_made_with_the_kind_of_the_source(ledger, name, kind):
    run(ledger, fixture(name), "New one")

    assert (Wallet.objects.get().name, Wallet.objects.get().kind) == ("New one", kind)


def test_wallet_is_found_in_any_case(ledger):
    make_wallet(ledger, "Main")

    run(ledger, koinly(1), "MAIN")

    assert Wallet.objects.count() == 1


def test_missing_wallet_names_those_that_exist(ledger):
    make_wallet(ledger, "Main")
    make_wallet(make_ledger(), "Theirs")

    with pytest.raises(ImportFailed, match="no wallet “Mine” in “keller”") as failure:
        run(ledger, koinly(1), "Mine", create_wallet=False)

    assert failure.value.hints == (Hint("create_wallet"), Hint("wallet", {"Main": ""}))


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_wallet_needs_a_name_that_can_be_kept(ledger, name):
    with pytest.raises(ImportFailed):
        run(ledger, koinly(1), name)

    assert nothing_written()


def test_own_address_becomes_the_wallets(ledger):
    run(ledger, fixture("etherscan.csv"))

    address = Address.objects.get(shown=OWNER)
    assert str(address.wallet) == "Main"
    assert Address.objects.exclude(pk=address.pk).filter(wallet__isnull=False).count() == 0


def test_address_that_was_nobodys_becomes_the_wallets(ledger):
    make_address(ledger, OWNER)

    run(ledger, fixture("etherscan.csv"))

    assert str(Address.objects.get(shown=OWNER).wallet) == "Main"


def test_own_address_of_a_contact_is_refused(ledger):
    make_address(ledger, OWNER, contact=make_contact(ledger, "Marta"))

    with pytest.raises(ImportFailed, match=f"{OWNER} is an address of the contact “Marta”"):
        run(ledger, fixture("etherscan.csv"))

    assert not Transaction.objects.exists()
    assert not Wallet.objects.exists()


def test_own_address_of_another_wallet_is_refused(ledger):
    make_address(ledger, OWNER, wallet=make_wallet(ledger, "Cold"))

    with pytest.raises(ImportFailed, match="of the wallet “Cold”, not of “Main”"):
        run(ledger, fixture("etherscan.csv"))

    assert not Transaction.objects.exists()


def test_own_address_of_another_ledger_does_not_matter(ledger):
    other = make_ledger()
    make_address(other, OWNER, contact=make_contact(other))

    assert run(ledger, fixture("etherscan.csv")).imported == 4


def test_movement_to_an_own_wallet_is_a_transfer(ledger):
    make_address(ledger, FRIEND, wallet=make_wallet(ledger, "Cold"))

    run(ledger, fixture("etherscan.csv"))

    assert list(Transaction.objects.order_by("occurred_at").values_list("type", flat=True)) == [
        "transfer",
        "fee",
        "withdrawal",
        "fee",
    ]


def test_address_of_a_contact_stays_as_it_is(ledger):
    address = make_address(ledger, FRIEND, contact=make_contact(ledger, "Marta"), note="hers")

    run(ledger, fixture("etherscan.csv"))

    after = Address.objects.get(pk=address.pk)
    assert (after.contact.name, after.note, after.version) == ("Marta", "hers", address.version)
    assert Transaction.objects.get(type="deposit").counterparty == address


def test_coin_is_one_of_the_ledger_whatever_the_source(ledger):
    run(ledger, fixture("etherscan.csv"))
    run(ledger, file(deposit("1")), "Second")

    assert Asset.objects.filter(symbol="ETH").count() == 1


def test_tokens_of_one_symbol_are_told_apart_by_their_contracts(ledger):
    me = "0x" + "1" * 40
    lines = [
        f"0xab,1,1600000000,x,{FRIEND},{me},5,N/A,0x{digit * 40},USD Coin,USDC" for digit in "789"
    ]

    run(ledger, "\n".join([TOKENS, *lines, *lines[:1], ""]), options={"owner_address": me})

    assets = Asset.objects.order_by("contract")
    assert [(a.symbol, a.chain, a.contract[-1]) for a in assets] == [
        ("USDC", "ethereum", "7"),
        ("USDC", "ethereum", "8"),
        ("USDC", "ethereum", "9"),
    ]
    assert Transaction.objects.filter(received_asset=assets[0]).count() == 2


def test_token_keeps_the_name_that_it_has(ledger):
    me = "0x" + "1" * 40
    line = f"0xab,1,1600000000,x,{FRIEND},{me},5,N/A,0x{'7' * 40},{{0}},{{0}}"

    for name, amount in (("OLD", "5"), ("NEW", "6")):
        text = "\n".join([TOKENS, line.format(name).replace(",5,", f",{amount},"), ""])
        run(ledger, text, options={"owner_address": me})

    assert [str(asset) for asset in Asset.objects.all()] == ["OLD"]


LABELS = ["House", "HOUSE", "Car", "car", ""]


def test_labels_are_made_once_in_any_case(ledger):
    make_label(ledger, "House", colour="red")
    make_label(make_ledger(), "Car")

    run(ledger, file(*[deposit(str(n + 1), label=name) for n, name in enumerate(LABELS)]))

    rows = Transaction.objects.order_by("received_amount")
    assert [[label.name for label in row.labels.all()] for row in rows] == [
        ["House"],
        ["House"],
        ["Car"],
        ["Car"],
        [],
    ]
    assert ledger.labels.count() == 2
    assert ledger.labels.get(name="House").colour == "red"


def test_what_a_person_wrote_stays(ledger):
    text = file(deposit("1", label="House", note="from the file"))
    run(ledger, text)
    row = Transaction.objects.get()
    row.labels.clear()
    Transaction.objects.update(note="mine", hidden=True, type="gift")

    run(ledger, text.replace("from the file", "changed"))

    row.refresh_from_db()
    assert (row.note, row.hidden, row.type, row.labels.count()) == ("mine", True, "gift", 0)


@pytest.mark.parametrize(
    "amount",
    [
        "9" * 78,
        f"{'9' * 78}.{'9' * 36}",
        f"0.{'0' * 35}1",
        "0.00000091",
        "3067.671",
        "0",
    ],
)
def test_amount_arrives_exactly(ledger, amount):
    run(ledger, file(deposit(amount)))

    with connection.cursor() as cursor:
        cursor.execute("SELECT received_amount::text FROM transactions_transaction")
        assert cursor.fetchone() == (amount,)


@pytest.mark.parametrize(
    ("written", "amount"), [("9.1E-7", "0.00000091"), ('"3,067.671"', "3067.671"), ("1.50", "1.5")]
)
def test_amount_arrives_in_plain_digits(ledger, written, amount):
    run(ledger, file(deposit(written)))

    assert f"{Transaction.objects.get().received_amount:f}" == amount


@pytest.mark.parametrize("amount", ["1e200000", "NaN", "Infinity", "1e78", "1e-37", "-1", "0x1"])
def test_amount_that_cannot_be_kept_refuses_the_file(ledger, amount):
    result = run(ledger, file(deposit("1"), deposit(amount)))

    assert [(error.line, error.column) for error in result.errors] == [(3, "Received Amount")]
    assert nothing_written()


def test_text_of_any_script_and_length_is_kept(ledger):
    note = "日本語 😀 \\N \\. \t tab" + "x" * 20_000

    run(ledger, file(deposit("1", symbol="₿😀", note=f'"{note}"')))

    row = Transaction.objects.get()
    assert (row.note, str(row.received_asset)) == (note, "₿😀")
    assert row.source_lines.get().cells[10] == note


def test_other_side_that_is_no_address_is_left_out(ledger):
    header = (
        "Timestamp,Transaction Type,Asset,Quantity Transacted,EUR Spot Price at Transaction,"
        "EUR Subtotal,EUR Total (inclusive of fees),EUR Fees,Notes"
    )
    line = "2020-09-27T18:36:58Z,Send,BTC,{},1,,,,Sent {} BTC to {}"
    real = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"

    run(ledger, "\n".join([header, line.format(1, 1, "xxxxx"), line.format(2, 2, real), ""]))

    sides = Transaction.objects.order_by("sent_amount").values_list(
        "counterparty__shown", flat=True
    )
    assert list(sides) == [None, real]


def test_header_alone_imports_nothing(ledger):
    assert counts(run(ledger, HEADER)) == (0, 0, 0, 0, 0, 0)
    assert not ImportBatch.objects.exists()


def test_token_that_one_file_knows_by_contract_gets_its_symbol_from_another(ledger):
    contract = "0x" + "c" * 40
    by_contract = f"kraken,EUR,eip155:1/erc20:{contract},5,10,,,,1700000000000"
    header = "Location,Spend Currency,Receive Currency,Receive Amount,Spend Amount,Fee,Fee Currency"
    run(ledger, f"{header},Description,Timestamp\n{by_contract}\n", wallet="")
    assert ledger.assets.get(contract=contract).symbol == contract

    run(ledger, f"{TOKENS}\n{token(token=contract, symbol='DAI')}\n", options={"owner_address": ME})

    assert ledger.assets.get(contract=contract).symbol == "DAI"
    run(ledger, f"{header},Description,Timestamp\n{by_contract}\n", wallet="")
    assert ledger.assets.get(contract=contract).symbol == "DAI"
