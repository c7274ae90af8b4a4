import io
import re

import pytest

from formats import FORMATS, LineFormat
from formats.detection import detect
from formats.nearest import title_of
from formats.parsing.files import copy_of
from formats.parsing.records import Hint, ImportFailed
from imports.console import refusal
from tests.imports.helpers import lines_of, opened
from transactions.queries.export import COLUMNS, columns

HEADERS = {
    "txproject": [",".join(COLUMNS), ",".join(columns(cells=True))],
    "binance_history": [
        "UTC_Time,Account,Operation,Coin,Change,Remark",
        "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark",
        '"User_ID,""UTC_Time"",""Account"",""Operation"",""Coin"",""Change"",""Remark"""',
        "User ID,Time,Account,Operation,Coin,Change,Remark",
        '"User_ID","UTC_Time","Account","Operation","Coin","Change","Remark"',
    ],
    "coinbase": [
        "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,"
        "Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),"
        "Fees and/or Spread,Notes",
        "Timestamp,Transaction Type,Asset,Quantity Transacted,EUR Spot Price at Transaction,"
        "EUR Subtotal,EUR Total (inclusive of fees),EUR Fees,Notes",
        "Timestamp,Transaction Type,Asset,Quantity Transacted,Spot Price Currency,"
        "Spot Price at Transaction,Subtotal,Total (inclusive of fees),Fees,Notes",
        "Timestamp,Transaction Type,Asset,Quantity Transacted,Spot Price Currency,"
        "Spot Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),"
        "Fees and/or Spread,Notes",
        "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,"
        "Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),"
        "Fees and/or Spread,Notes,Sender Address,Recipient Address",
        "Timestamp,Transaction Type,Asset,Quantity Transacted,USD Spot Price at Transaction,"
        "Subtotal,Total (inclusive of fees),Notes",
    ],
    "etherscan": [
        '"Txhash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","ContractAddress",'
        '"Value_IN(ETH)","Value_OUT(ETH)","CurrentValue @ $2264.03996675132/Eth","TxnFee(ETH)",'
        '"TxnFee(USD)","Historical $Price/Eth","Status","ErrCode","Method"',
        '"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To",'
        '"ContractAddress","Value_IN(ETH)","Value_OUT(ETH)","CurrentValue @ $1/Eth",'
        '"TxnFee(ETH)","TxnFee(USD)","Historical $Price/Eth","Status","ErrCode","Method","New"',
    ],
    "etherscan_internal": [
        '"Txhash","Blockno","UnixTimestamp","DateTime (UTC)","ParentTxFrom","ParentTxTo",'
        '"ParentTxETH_Value","From","TxTo","ContractAddress","Value_IN(ETH)","Value_OUT(ETH)",'
        '"CurrentValue @ $2263.33401546627/Eth","Historical $Price/Eth","Status","ErrCode","Type"',
    ],
    "etherscan_erc20": [
        '"Txhash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue",'
        '"USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"',
        '"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue",'
        '"USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"',
    ],
    "koinly": [
        "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency,"
        "Net Worth Amount,Net Worth Currency,Label,Description,TxHash",
    ],
    "kraken_ledgers": [
        '"txid","refid","time","type","subtype","aclass","asset","amount","fee","balance"',
        "txid,refid,time,type,subtype,aclass,asset,wallet,amount,fee,balance",
        "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance",
        '"txid","refid","time","type","subtype","aclass","subclass","asset","wallet","amount",'
        '"fee","balance","amountusd","feeusd","balanceusd","feecurrency"',
        '"txid","refid","time","type","subtype","aclass","subclass","asset","wallet","amount",'
        '"fee","balance"',
        '"txid","refid","time","type","aclass","asset","amount","fee","balance"',
    ],
}
FOREIGN = [
    "When,What,How much,Of what",
]


def test_names_are_unique_and_each_family_is_named_after_one():
    names = {each.name for each in FORMATS}

    assert len(names) == len(FORMATS)
    assert {each.family for each in FORMATS} <= names


@pytest.mark.parametrize(
    ("name", "header"), [(name, header) for name in HEADERS for header in HEADERS[name]]
)
def test_header_is_known(name, header):
    reader, table = opened(f"{header}\n")

    assert reader.name == name
    assert table.header_line == 1


@pytest.mark.parametrize("header", FOREIGN)
def test_foreign_header_is_shown_and_the_known_formats_named(header):
    with pytest.raises(ImportFailed) as failure:
        opened(f"{header}\n1,2,3\n")

    assert header.replace('"', "").replace(",", ", ") in str(failure.value)
    assert failure.value.hints == (
        Hint("format", {each.name: each.title for each in sorted(FORMATS, key=lambda f: f.name)}),
    )


def test_header_that_is_shown_holds_no_control_characters():
    with pytest.raises(ImportFailed) as failure:
        opened("a\x1b[31m,b,c\n1,2,3\n")

    assert "\x1b" not in str(failure.value)


def test_file_without_its_header_is_refused():
    line = '"0xab","1","1507383978","2017-10-07 13:46:18","0x1","0x2","","0.5","0","1","0.1"\n'

    with pytest.raises(ImportFailed, match="Seen as header: “0xab"):
        opened(line * 3)


def test_named_format_is_not_guessed():
    header = HEADERS["koinly"][0]

    with pytest.raises(ImportFailed, match="not the header of “Coinbase transactions”") as failure:
        opened(f"{header}\n", "coinbase")

    assert [(hint.setting, list(hint.choices)) for hint in failure.value.hints] == [
        ("format", ["auto"])
    ]


def test_unknown_name_of_a_format_lists_the_known_ones():
    with pytest.raises(ImportFailed, match="There is no format “nonsense”") as failure:
        opened(f"{HEADERS['koinly'][0]}\n", "nonsense")

    assert failure.value.hints[0].choices.keys() == {each.name for each in FORMATS}


def test_binance_lines_without_a_header_are_known():
    lines = lines_of("2021-03-01 22:43:36,Spot,Deposit,BNB,0.5,\n")

    assert [(line.line, line.value.asset.symbol) for line in lines] == [(1, "BNB")]


def test_binance_lines_with_a_user_and_without_a_header_are_known():
    lines = lines_of("77,21-03-01 22:43:36,Spot,Deposit,BNB,0.5,\n")

    assert lines[0].value.account == "Spot"


@pytest.mark.parametrize("text", ["\u00a0\n", "\u2003\r\n\u3000", '""'])
def test_file_of_spaces_is_empty(text):
    with pytest.raises(ImportFailed, match="The file is empty"):
        opened(text)


REORDERED = "memo,Received Currency,Date,Sent Currency,Received Amount,Sent Amount"


def test_columns_may_be_reordered_unknown_and_missing():
    (row,) = lines_of(f"{REORDERED}\nx,ETH,2024-01-02 03:04:05,,1,\n")

    assert (row.value.received.asset.symbol, row.value.note) == ("ETH", "")


def test_header_stands_between_a_preamble_and_totals():
    table = HEADERS["kraken_ledgers"][2]
    line = "L1,R1,2021-02-02 13:30:51,deposit,,currency,ZEUR,10,0,10"
    lines = lines_of(f"Account,me\n\nFrom 2021, to 2022\n{table}\n{line}\n\nTotal,10\n")

    assert [type(each).__name__ for each in lines] == ["Row", "RowError"]
    assert [each.line for each in lines] == [5, 7]


class Invented(LineFormat):
    name = family = "first"
    title = "First of two"
    required = {"time": "when", "amount": "how much"}


class AlsoInvented(Invented):
    name = family = "second"
    title = "Second of two"
    required = {"time": "when", "asset": "what"}


class KnowsMore(Invented):
    name = family = "third"
    title = "Third"
    required = {"time": "when", "amount": "how much", "asset": "what"}


def detected(text: str, *among, name: str = "auto"):
    return detect(copy_of("any.csv", io.BytesIO(text.encode())), name, among)


def test_one_of_two_candidates_is_asked_for():
    header = "When,How much,What,Why\n"

    with pytest.raises(ImportFailed, match="“First of two”, “Second of two”") as failure:
        detected(header, Invented, AlsoInvented)

    choices = {"first": "First of two", "second": "Second of two"}
    assert failure.value.hints == (Hint("format", choices),)
    typed = "Type --format and one of: first (First of two), second (Second of two)."
    assert refusal(failure.value).endswith(typed)
    for name in choices:
        assert detected(header, Invented, AlsoInvented, name=name)[0].name == name


def test_candidate_that_knows_the_columns_of_all_others_is_taken():
    assert detected("When,How much,What\n", Invented, AlsoInvented, KnowsMore)[0] is KnowsMore


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "txid,reference,time,type,subtype,aclass,asset,amount,fee,balance",
            "nearest to “Kraken ledgers”: “refid” is missing, “reference”, “aclass” are new.",
        ),
        (
            "Datum,Sent Amount,Sent Currency,Received Amount,Received Currency",
            "nearest to “Koinly universal template”: “date” is missing, “Datum” is new.",
        ),
    ],
)
def test_changed_header_says_what_it_is_nearest_to(header, said):
    with pytest.raises(ImportFailed) as failure:
        opened(f"{header}\n")

    assert said in str(failure.value)


def test_changed_header_of_a_named_format_says_what_is_missing():
    header = HEADERS["kraken_ledgers"][2].replace("refid", "reference")

    with pytest.raises(ImportFailed, match="“refid” is missing, “reference”"):
        opened(f"{header}\n", "kraken_ledgers")


@pytest.mark.parametrize("name", ["koinly.csv", "kraken_ledgers.csv", "transactions.txt"])
def test_name_of_a_file_does_not_say_its_format(name):
    header = HEADERS["coinbase"][0]

    reader, _table = opened(f"{header}\n", file_name=name)

    assert reader.name == "coinbase"


@pytest.mark.parametrize("kind", FORMATS, ids=lambda each: each.name)
def test_title_of_a_column_is_one_that_its_pattern_finds(kind):
    for pattern in (kind.required | kind.optional).values():
        anything = title_of(pattern).replace("…", "eur")
        assert re.fullmatch(pattern, anything, re.IGNORECASE), pattern
