import pytest

from formats.parsing.records import Hint, ImportFailed, Row, RowError
from formats.readers.solscan import NATIVE, WRAPPED
from tests.imports.helpers import fixture, identities_of, lines_of, opened, shape

ME = "7" + "c" * 43
YOU = "8" + "b" * 43
MINT = "6" + "t" * 43
HEADER = (
    "Signature,Block Time,Human Time,Action,From,To,Amount,Flow,Value,Decimals,Token Address,"
    "Multiplier"
)


def line(**kw: str) -> str:
    cells = {"hash": "s1", "action": "TRANSFER", "from": YOU, "to": ME, "amount": "2500000"}
    cells |= {"flow": "", "value": "2.5", "decimals": "6", "token": NATIVE, "times": "1.0"} | kw
    columns = (
        "{hash},1710000000,x,{action},{from},{to},{amount},{flow},{value},{decimals},{token},"
        "{times}"
    )
    return columns.format(**cells)


def read(*lines: str, **options: str) -> list:
    return lines_of("\n".join([HEADER, *lines, ""]), **{"owner_address": ME} | options)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, ("deposit", "", "2.5 SOL", "")),
        ({"from": ME, "to": YOU}, ("withdrawal", "2.5 SOL", "", "")),
        ({"from": ME}, ("transfer", "2.5 SOL", "2.5 SOL", "")),
        ({"decimals": "0"}, ("deposit", "", "2500000 SOL", "")),
        ({"decimals": "9", "amount": "1"}, ("deposit", "", "0.000000001 SOL", "")),
        ({"token": WRAPPED}, ("deposit", "", "2.5 WSOL", "")),
        ({"token": MINT}, ("deposit", "", f"2.5 {MINT}", "")),
        ({"action": "SPL_TRANSFER"}, ("deposit", "", "2.5 SOL", "")),
        ({"action": "BURN", "from": ME, "to": ""}, ("other", "2.5 SOL", "", "")),
        ({"action": "ACTIVITY_SPL_MINT", "from": ""}, ("other", "", "2.5 SOL", "")),
        ({"action": "CLOSE_ACCOUNT"}, ("other", "", "2.5 SOL", "")),
        ({"action": "SOMETHING_NEW"}, ("other", "", "2.5 SOL", "")),
    ],
)
def test_amount_is_in_the_smallest_unit(cells, expected):
    (row,) = read(line(**cells))

    assert shape(row.value) == expected


def test_token_is_its_mint():
    (row,) = read(line(token=MINT))

    assert row.value.received.asset.identity == ("solana", MINT)


def test_worth_has_no_sign():
    (row,) = read(line(value="-2.5"))

    assert str(row.value.value.amount) == "2.5"


def test_other_side_value_time_and_hash_are_kept():
    (row,) = read(line())

    assert (row.value.counterparty, row.value.own_address, row.value.chain) == (YOU, ME, "solana")
    assert (row.value.tx_hash, row.value.group) == ("s1", "s1")
    assert (str(row.value.value.amount), row.value.value.currency) == ("2.5", "USD")
    assert row.value.occurred_at.isoformat() == "2024-03-09T16:00:00+00:00"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            {"times": "1.02"},
            "Multiplier: “1.02” is left out: amounts are those on the chain, which wallets"
            " multiply by this",
        ),
        (
            {"action": "SOMETHING_NEW"},
            "Action: “SOMETHING_NEW” is taken as “other”: this kind of line is not known here",
        ),
    ],
)
def test_what_is_taken_otherwise_is_said(cells, said):
    (row,) = read(line(**cells))

    assert [str(each) for each in row.remarks] == [said]


@pytest.mark.parametrize("options", [{"file_name": f"export_{ME}_2024.csv"}, {"owner_address": ME}])
def test_owner_is_told(options):
    text = f"{HEADER}\n{line()}\n"

    reader, _table = opened(text, **options)

    assert reader.owner == ME
    assert "there are no fees in such a file" in [str(each) for each in reader.remarks]


def test_flow_says_whose_file_it_is():
    reader, _table = opened(f"{HEADER}\n{line(flow='in')}\n")

    assert reader.owner == ME


def test_owner_that_nothing_tells_is_asked_for():
    with pytest.raises(ImportFailed, match="Whose file this is cannot be told") as failure:
        opened(f"{HEADER}\n{line()}\n")

    assert failure.value.hints == (Hint("owner_address", {ME: "", YOU: ""}),)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"decimals": "256"}, "Decimals"),
        ({"decimals": ""}, "Decimals"),
        ({"amount": ""}, "Amount"),
        ({"amount": "1.5"}, "Amount"),
        ({"token": "USDC"}, "Token Address"),
        ({"from": "0x12"}, "From"),
        ({"from": YOU, "to": YOU}, ""),
    ],
)
def test_broken_line_names_its_column(cells, column):
    (error,) = read(line(**cells))

    assert isinstance(error, RowError)
    assert error.column == column


def test_line_is_the_same_in_both_generations():
    rows = [row for row in lines_of(fixture("solscan.csv")) if isinstance(row, Row)]

    assert [row.identity for row in rows[:2]] == identities_of(fixture("solscan.multiplier.csv"))


def test_transfers_of_one_transaction_are_told_apart():
    rows = read(line(), line(amount="1"), line(token=MINT), line(**{"from": MINT}))

    assert len({row.identity for row in rows}) == 4
