import pytest

from formats.parsing.records import RowError
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = (
    "DATE,TYPE,FROMPORTFOLIO,TOPORTFOLIO,OUTAMOUNT,OUTCURRENCY,FEEAMOUNT,FEECURRENCY,FROMADDRESS,"
    "TOADDRESS,OUTTXID,OUTTXURL,INAMOUNT,INCURRENCY,INTXID,INTXURL,ORDERID,PERSONALNOTE"
)
OLD = "TXID,TXURL,DATE,TYPE,FROMPORTFOLIO,TOPORTFOLIO,COINAMOUNT,FEE,BALANCE,EXCHANGE,PERSONALNOTE"


def line(kind: str, out: str = ",", fee: str = ",", into: str = ",", **kw: str) -> str:
    """Parts are `amount,asset`."""
    cells = {"sender": "", "receiver": "", "hash": "", "in_hash": "", "order": "", "note": ""} | kw
    columns = (
        "2024-02-01T10:11:12.123Z,%s,exodus_0,,%s,%s,{sender},{receiver},{hash},,%s,{in_hash},,"
        "{order},{note}"
    )
    return (columns % (kind, out, fee, into)).format(**cells)


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def shapes(*lines: str) -> list:
    return [shape(entry) for entry in entries_of(text(*lines))]


def out(part: str, fee: str = ",", **kw: str) -> str:
    return line("withdrawal", part, fee, hash="t1", **kw)


def into(part: str, **kw: str) -> str:
    return line("deposit", into=part, in_hash="t1", **kw)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("deposit", " , ", " , ", "0.5,BTC"), ("deposit", "", "0.5 BTC", "")),
        (("withdrawal", "-0.1,BTC", "-0.01,BTC"), ("withdrawal", "0.1 BTC", "", "0.01 BTC")),
        (("withdrawal", "0.1,BTC", "0.01,BTC"), ("withdrawal", "0.1 BTC", "", "0.01 BTC")),
        (("exchange", "-1,ETH", "-0.1,ETH", "30,ADA"), ("trade", "1 ETH", "30 ADA", "0.1 ETH")),
        (("withdrawal", "0,ETH", "-1e-9,ETH"), ("fee", "", "", "0.000000001 ETH")),
        (("withdrawal", "0,ETH"), ("withdrawal", "0 ETH", "", "")),
        (("deposit", ",", ",", "9,BNBBSC"), ("deposit", "", "9 BNB", "")),
        (("deposit", ",", ",", "9,USDTTRX"), ("deposit", "", "9 USDT", "")),
        (("deposit", ",", ",", "9,SOLBSC"), ("deposit", "", "9 SOLBSC", "")),
        (("something new", "-1,ETH"), ("other", "1 ETH", "", "")),
        (("something new", ",", ",", "1,ETH"), ("other", "", "1 ETH", "")),
    ],
)
def test_line_becomes(cells, expected):
    assert shapes(line(*cells)) == [expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([out("-1,ETH", "-0.1,ETH"), into("30,ADA")], [("trade", "1 ETH", "30 ADA", "0.1 ETH")]),
        (
            [out("-1,ETH", "-0.1,ETH", order="o1"), line("deposit", into="30,ADA", order="o1")],
            [("trade", "1 ETH", "30 ADA", "0.1 ETH")],
        ),
        (
            [out("-1,ETH"), into("30,ADA"), out("0,ETH", "-0.1,ETH")],
            [("trade", "1 ETH", "30 ADA", "0.1 ETH")],
        ),
        (
            [out("-1,ETH", "-0.1,ETH"), into("1,ETH")],
            [("transfer", "1 ETH", "1 ETH", "0.1 ETH")],
        ),
        (
            [out("-1,ETH"), into("0.5,ETH")],
            [("withdrawal", "1 ETH", "", ""), ("deposit", "", "0.5 ETH", "")],
        ),
        (
            [out("-1,ETH"), into("2,A"), into("3,B")],
            [
                ("withdrawal", "1 ETH", "", ""),
                ("deposit", "", "2 A", ""),
                ("deposit", "", "3 B", ""),
            ],
        ),
        (
            [line("withdrawal", "-1,ETH"), line("deposit", into="2,A")],
            [("withdrawal", "1 ETH", "", ""), ("deposit", "", "2 A", "")],
        ),
    ],
)
def test_lines_of_one_transaction_are_joined_where_that_is_certain(lines, expected):
    assert shapes(*lines) == expected


def test_every_line_is_in_one_transaction():
    built = built_of(fixture("exodus.csv"))

    assert [[row.line for row in each.rows] for each in built] == [[2], [3], [4, 5], [6]]


def test_other_side_note_and_hash_are_kept():
    sent, received = entries_of(
        text(
            line("withdrawal", "-1,ETH", receiver="0xyou", hash="t1", note="Rent"),
            line("deposit", into="1,ETH", sender="0xanna", in_hash="t2", order="o9"),
        )
    )

    assert (sent.counterparty, sent.note, sent.tx_hash, sent.group) == ("0xyou", "Rent", "t1", "t1")
    assert (received.counterparty, received.tx_hash, received.group) == ("0xanna", "t2", "o9")


def test_time_may_be_that_of_a_script():
    (entry,) = entries_of(fixture("exodus.one-line.csv"))

    assert entry.occurred_at.isoformat() == "2021-08-18T02:12:22+00:00"
    assert shape(entry) == ("trade", "1 ETH", "300 ADA", "0.002 ETH")


def test_coin_on_another_chain_is_said():
    (row,) = lines_of(text(line("deposit", into="9,BNBBSC")))

    assert [str(each) for each in row.remarks] == [
        "INCURRENCY: “BNBBSC” is taken as “BNB”: it is this coin, on another chain"
    ]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        (("deposit",), ("", "there is no amount in this row")),
        (("", "-1,ETH"), ("TYPE", "the cell is empty")),
        (("deposit", ",", ",", "-1,ETH"), ("INAMOUNT", "the amount is negative: -1")),
        (("withdrawal", "-1,"), ("OUTCURRENCY", "the cell is empty")),
    ],
)
def test_broken_line_names_its_column(cells, error):
    assert lines_of(text(line(*cells))) == [RowError(2, *error)]


@pytest.mark.parametrize(
    ("kind", "amount", "fee", "expected"),
    [
        ("deposit", "0.5 BTC", "", ("deposit", "", "0.5 BTC", "")),
        ("withdrawal", "-0.5 BTC", "0.1 BTC", ("withdrawal", "0.5 BTC", "", "0.1 BTC")),
        ("withdrawal", "0.5 BTC", "-0.1 BTC", ("withdrawal", "0.5 BTC", "", "0.1 BTC")),
        ("exchange", "-0.5 BTC", "", ("trade", "0.5 BTC", "", "")),
        ("exchange", "0.5 BTC", "", ("trade", "", "0.5 BTC", "")),
        ("something new", "-0.5 BTC", "", ("other", "0.5 BTC", "", "")),
    ],
)
def test_old_line_has_one_amount(kind, amount, fee, expected):
    columns = f"{OLD}\nt1,,2024-02-01T10:11:12.123Z,{kind},,,{amount},{fee},,,Rent\n"

    (entry,) = entries_of(columns)

    assert (shape(entry), entry.note, entry.tx_hash) == (expected, "Rent", "t1")


def test_line_is_the_same_in_every_generation():
    assert identities_of(fixture("exodus_old.csv")) == identities_of(fixture("exodus.csv"))[:2]
