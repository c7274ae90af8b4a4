import pytest

from formats.parsing.records import RowError, Skipped
from formats.readers.kraken_ledgers import asset_of, type_of
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

HEADER = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance"
NEWEST = (
    "txid,refid,time,type,subtype,aclass,subclass,asset,wallet,amount,fee,balance,amountusd,"
    "feeusd,balanceusd,feecurrency"
)


def leg(txid: str, asset: str, amount: str, fee: str = "0", kind: str = "trade", sub: str = ""):
    return f"{txid},R1,2021-02-02 13:30:51,{kind},{sub},currency,{asset},{amount},{fee},9"


def shapes(*lines: str) -> list:
    return [shape(entry) for entry in entries_of("\n".join([HEADER, *lines, ""]))]


@pytest.mark.parametrize(
    ("code", "symbol"),
    [
        ("XXBT", "BTC"),
        ("XBT", "BTC"),
        ("XBT.M", "BTC"),
        ("ZEUR", "EUR"),
        ("EUR.HOLD", "EUR"),
        ("XETH", "ETH"),
        ("XXDG", "DOGE"),
        ("XLTC", "LTC"),
        ("ADA.S", "ADA"),
        ("DOT28.S", "DOT"),
        ("USDC.M", "USDC"),
        ("ETH.F", "ETH"),
        ("LUNA2", "LUNA2"),
        ("LUNA2.S", "LUNA2"),
        ("ETH2.S", "ETH2"),
        ("XTZ", "XTZ"),
        ("ZRX", "ZRX"),
        ("1INCH", "1INCH"),
    ],
)
def test_codes_become_symbols(code, symbol):
    assert asset_of(code).symbol == symbol


@pytest.mark.parametrize(
    ("kind", "subtype", "expected"),
    [
        ("deposit", "", "deposit"),
        ("spend", "", "trade"),
        ("earn", "reward", "reward"),
        ("earn", "allocation", "transfer"),
        ("transfer", "spottofutures", "transfer"),
        ("staking", "", "reward"),
        ("settled", "", "other"),
        ("something new", "", "other"),
    ],
)
def test_types_are_ours(kind, subtype, expected):
    assert type_of(kind, subtype) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([leg("L1", "ZEUR", "1000", "2", "deposit")], [("deposit", "", "1000 EUR", "2 EUR")]),
        ([leg("L1", "XXBT", "-1", "0.1", "withdrawal")], [("withdrawal", "1 BTC", "", "0.1 BTC")]),
        (
            [leg("L1", "ZEUR", "-100.5", "2.5"), leg("L2", "XXBT", "0.01")],
            [("trade", "100.5 EUR", "0.01 BTC", "2.5 EUR")],
        ),
        (
            [leg("L1", "XXBT", "-1", kind="spend"), leg("L2", "ZEUR", "9", kind="receive")],
            [("trade", "1 BTC", "9 EUR", "")],
        ),
        (
            [leg("L1", "ZEUR", "-9", "1"), leg("L2", "XXBT", "1", "0.1")],
            [("trade", "9 EUR", "1 BTC", "1 EUR"), ("fee", "", "", "0.1 BTC")],
        ),
        (
            [leg("L1", "ZEUR", "-9"), leg("L2", "XXBT", "1"), leg("L3", "KFEE", "0", "12.5")],
            [("trade", "9 EUR", "1 BTC", "12.5 KFEE")],
        ),
        (
            [leg("L1", "ZEUR", "-9"), leg("L2", "XXBT", "1"), leg("L3", "KFEE", "-12.5")],
            [("trade", "9 EUR", "1 BTC", "12.5 KFEE")],
        ),
        (
            [leg("L1", "ADA", "-7", kind="earn"), leg("L2", "ADA.S", "7", kind="earn")],
            [("transfer", "7 ADA", "7 ADA", "")],
        ),
        ([leg("L1", "ETH", "0", "0.01", "rollover")], [("fee", "", "", "0.01 ETH")]),
        ([leg("L1", "ETH", "0", "0.01")], [("fee", "", "", "0.01 ETH")]),
        ([leg("L1", "ETH", "0", kind="settled")], [("other", "", "0 ETH", "")]),
        ([leg("L1", "LUNA2", "-5", "1")], [("trade", "5 LUNA2", "", "1 LUNA2")]),
        (
            [leg("L1", "ETH", "-2"), leg("L2", "ETH.F", "-1"), leg("L3", "ZEUR", "9", "0.5")],
            [("trade", "3 ETH", "9 EUR", "0.5 EUR")],
        ),
        (
            [
                leg("L1", "ETH", "-2", kind="earn"),
                leg("L2", "ETH", "-1", kind="earn"),
                leg("L3", "ETH.F", "2", kind="earn"),
            ],
            [("transfer", "2 ETH", "2 ETH", ""), ("transfer", "1 ETH", "", "")],
        ),
        (
            [leg("L1", "A", "-1"), leg("L2", "B", "-2"), leg("L3", "C", "3", "0.5")],
            [
                ("trade", "1 A", "", ""),
                ("trade", "2 B", "", ""),
                ("trade", "", "3 C", "0.5 C"),
            ],
        ),
    ],
)
def test_refid_is_one_transaction(lines, expected):
    assert shapes(*lines) == expected


def test_withdrawal_that_failed_comes_back_with_its_fee():
    gone = leg("L1", "ZEUR", "-4.95", "0.05", "withdrawal")
    back = leg("L2", "ZEUR", "4.95", "-0.05", "withdrawal")

    assert shapes(back) == [("withdrawal", "", "5 EUR", "")]
    assert shapes(gone, back) == shapes(back, gone) == [("transfer", "4.95 EUR", "4.95 EUR", "")]


def test_deposit_that_failed_goes_out_without_the_fee_that_came_back():
    came = leg("L1", "ZEUR", "5", "0.5", "deposit")
    gone = leg("L2", "ZEUR", "-5", "-0.5", "deposit")

    assert shapes(gone) == [("deposit", "4.5 EUR", "", "")]
    assert shapes(came, gone) == [("transfer", "5 EUR", "5 EUR", "")]


def test_fee_comes_back_in_the_newest_file_too():
    line = (
        "L1,R1,2025-02-02 13:30:51,withdrawal,,currency,fiat,EUR,spot / main,4.95,-0.05,9,5,1,1,EUR"
    )

    assert [shape(entry) for entry in entries_of(f"{NEWEST}\n{line}\n")] == [
        ("withdrawal", "", "5 EUR", "")
    ]


def test_transaction_is_from_its_first_leg_on_wherever_that_stands():
    gone = leg("L1", "ZEUR", "-5", kind="withdrawal").replace("13:30:51", "13:30:00")
    back = leg("L2", "ZEUR", "5", kind="withdrawal")

    for lines in ((gone, back), (back, gone)):
        (entry,) = entries_of("\n".join([HEADER, *lines, ""]))
        assert entry.occurred_at.isoformat() == "2021-02-02T13:30:00+00:00"


def test_trade_is_worth_what_went_out_in_whatever_order_the_legs_stand():
    start = "R1,2025-02-02 13:30:51,trade,,currency,crypto"
    lines = [
        f"L1,{start},BTC,spot / main,-0.5,0,9,-50.5,1,1,BTC",
        f"L2,{start},ETH,spot / main,9,0,9,49,1,1,ETH",
    ]

    for some in (lines, lines[::-1]):
        (entry,) = entries_of("\n".join([NEWEST, *some, ""]))
        assert str(entry.value.amount) == "50.5"


def test_legs_of_one_side_are_not_worth_what_one_of_them_is():
    start = "R1,2025-02-02 13:30:51,trade,,currency,crypto"
    lines = [
        f"L1,{start},BTC,spot / main,-0.5,0,9,-50.5,1,1,BTC",
        f"L2,{start},BTC,earn / flexible,-1,0,9,-101,1,1,BTC",
        f"L3,{start},ETH,spot / main,9,0,9,150,1,1,ETH",
    ]

    (entry,) = entries_of("\n".join([NEWEST, *lines, ""]))

    assert (shape(entry), str(entry.value.amount)) == (("trade", "1.5 BTC", "9 ETH", ""), "150")


def test_credit_for_fees_that_comes_in_is_no_fee():
    assert shapes(leg("L1", "KFEE", "250", kind="transfer")) == [("transfer", "", "250 KFEE", "")]


def test_every_line_is_in_one_transaction_and_all_share_the_refid():
    lines = [
        leg("L1", "ZEUR", "-9", "1"),
        leg("L2", "XXBT", "1", "0.1"),
        leg("L3", "KFEE", "0", "5"),
    ]

    built = built_of("\n".join([HEADER, *lines, ""]))

    assert [[row.line for row in each.rows] for each in built] == [[2, 3, 4], [], []]
    assert {each.entry.group for each in built} == {"R1"}


def test_pending_twin_is_skipped_and_says_so():
    lines = lines_of(f"{HEADER}\n{leg('', 'ZEUR', '10', kind='deposit')}\n")

    assert lines == [Skipped(2, "pending: Kraken has not entered it in the ledger (no txid)")]


def test_newest_header_has_a_fee_asset_and_a_value():
    line = (
        "L1,R1,2025-02-02 13:30:51,trade,tradespot,currency,crypto,BTC,spot / main,"
        "-0.5,0.25,9,-50000.1,1,1,USDG"
    )

    (entry,) = entries_of(f"{NEWEST}\n{line}\n")

    assert shape(entry) == ("trade", "0.5 BTC", "", "0.25 USDG")
    assert (str(entry.value.amount), entry.value.currency) == ("50000.1", "USD")


def test_line_is_named_by_its_id_alone():
    old = f"{HEADER}\n{leg('L1', 'XXBT', '1')}\n"
    new = f"{NEWEST}\nL1,R1,2021-02-02 13:30:51,trade,,currency,,BTC,spot / main,1.0,0,0,9,,,\n"

    assert identities_of(old) == identities_of(new) == [("L1",)]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (leg("L1", "", "1"), "asset"),
        (leg("L1", "XXBT", ""), "amount"),
        (leg("L1", "XXBT", "1", "-1"), "fee"),
        (leg("L1", "XXBT", "-1", "-1", "withdrawal"), "fee"),
        (leg("L1", "XXBT", "1", "-1", "deposit"), "fee"),
        (leg("L1", "XXBT", "1", "-2", "withdrawal"), "fee"),
        (leg("L1", "XXBT", "1").replace("13:30:51", "13:60"), "time"),
        (leg("L1", "XXBT", "1").replace("R1", ""), "refid"),
    ],
)
def test_broken_line_names_its_column(line, column):
    (error,) = lines_of(f"{HEADER}\n{line}\n")

    assert isinstance(error, RowError)
    assert (error.line, error.column) == (2, column)
