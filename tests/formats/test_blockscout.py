import pytest

from formats.parsing.records import ImportFailed, Remark, RowError, Skipped
from tests.formats.test_etherscan import CONTRACT, ME, TOKEN, YOU, one, read
from tests.imports.helpers import entries_of, fixture, identities_of, opened, shape

TIME = "2023-07-11 10:00:00.000000Z"

HEADER = (
    "TxHash,BlockNumber,UnixTimestamp,FromAddress,ToAddress,ContractAddress,Type,Value,Fee,Status,"
    "ErrCode,CurrentPrice,TxDateOpeningPrice,TxDateClosingPrice,MethodName"
)
TOKENS = (
    "TxHash,BlockNumber,UnixTimestamp,FromAddress,ToAddress,TokenContractAddress,Type,"
    "TokenDecimals,TokenSymbol,TokenDecimals,TokensTransferred,TransactionFee,Status,ErrCode"
)
INTERNAL = (
    "TxHash,Index,BlockNumber,BlockHash,TxIndex,BlockIndex,UnixTimestamp,FromAddress,ToAddress,"
    "ContractAddress,Type,CallType,Gas,GasUsed,Value,Input,Output,ErrCode,Fee"
)


def transaction(**kw: str) -> str:
    cells = {"from": ME, "to": YOU, "contract": "", "type": "OUT", "value": "0"}
    cells |= {"fee": "2000000000000000", "status": "ok", "error": "", "hash": "0xAB01"} | kw
    columns = "{hash},1,%s,{from},{to},{contract},{type},{value},{fee},{status},{error},9,9,9,m"
    return (columns % TIME).format(**cells)


def token(**kw: str) -> str:
    cells = {"from": YOU, "to": ME, "type": "IN", "decimals": "6", "symbol": "TOK"}
    cells |= {"amount": "5000000", "token": TOKEN} | kw
    columns = "0xab01,1,%s,{from},{to},{token},{type},{decimals},{symbol},{decimals},{amount},7,ok,"
    return (columns % TIME).format(**cells)


def internal(**kw: str) -> str:
    cells = {"index": "1", "from": CONTRACT, "to": ME, "contract": "", "type": "call"}
    cells |= {"call": "call", "value": "3000000000000000000", "error": ""} | kw
    columns = (
        "0xab01,{index},1,0xb,1,1,%s,{from},{to},{contract},{type},{call},9,9,{value},,,{error},9"
    )
    return (columns % TIME).format(**cells)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"value": "1500000000000000000"}, ("withdrawal", "1.5 ETH", "", "0.002 ETH")),
        ({"value": "1"}, ("withdrawal", "0.000000000000000001 ETH", "", "0.002 ETH")),
        (
            {"from": YOU, "to": ME, "type": "IN", "value": "1000000000000000000"},
            ("deposit", "", "1 ETH", ""),
        ),
        ({}, ("fee", "", "", "0.002 ETH")),
        ({"to": "", "contract": CONTRACT}, ("fee", "", "", "0.002 ETH")),
        ({"to": ME, "value": "2" + 18 * "0"}, ("transfer", "2 ETH", "2 ETH", "0.002 ETH")),
        ({"value": "9", "status": "error", "error": "Reverted"}, ("fee", "", "", "0.002 ETH")),
    ],
)
def test_amounts_are_in_wei(cells, expected):
    assert shape(one(HEADER, transaction(**cells))) == expected


def test_time_is_iso_and_the_rest_is_kept():
    entry = one(HEADER, transaction(value="9"), chain="gnosis")

    assert entry.occurred_at.isoformat() == "2023-07-11T10:00:00+00:00"
    assert (entry.tx_hash, entry.counterparty, entry.own_address) == ("0xab01", YOU, ME)
    assert (entry.chain, entry.sent.asset.symbol) == ("gnosis", "XDAI")


def test_failed_transaction_keeps_its_fee():
    assert one(HEADER, transaction(status="error")).status == "failed"
    assert read(
        HEADER, transaction(**{"from": YOU, "to": ME, "type": "IN", "status": "error"})
    ) == [Skipped(2, "the transaction failed, and somebody else paid for it")]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({"type": "IN"}, ("Type", "the owner address has sent this, not received it")),
        (
            {"from": YOU, "to": ME},
            ("Type", "the owner address has received this, not sent it"),
        ),
        (
            {"value": "1.5"},
            (
                "Value",
                "“1.5” is not a whole number of the smallest unit, as this source writes it",
            ),
        ),
        ({"fee": "Max of 9"}, ("Fee", "“Max of 9” is not a number; write it as 1234.56")),
        ({"to": ""}, ("ToAddress", "“” is not an address")),
    ],
)
def test_line_that_contradicts_itself_is_an_error(cells, error):
    assert read(HEADER, transaction(**cells)) == [RowError(2, *error)]


def test_one_line_says_whose_it_is_by_its_type():
    reader, _table = opened(f"{HEADER}\n{transaction()}\n")

    assert reader.owner == ME
    assert reader.remarks == [
        Remark(0, "", "", ME, "whose file this is, its rows say: each has this address"),
        Remark(
            0,
            "",
            "",
            "ethereum",
            "the file does not say of which chain it is; another is given as “Chain”, or with"
            " --chain",
        ),
    ]


def test_token_amounts_are_in_its_smallest_unit():
    rows = read(TOKENS, token(), token(decimals="0"), token(decimals="18", symbol="WHOLE"))

    assert [shape(row.value)[2] for row in rows] == [
        "5 TOK",
        "5000000 TOK",
        "0.000000000005 WHOLE",
    ]
    assert rows[0].value.received.asset.identity == ("ethereum", TOKEN)
    assert shape(one(TOKENS, token(**{"from": ME, "to": YOU, "type": "OUT"}))) == (
        "withdrawal",
        "5 TOK",
        "",
        "",
    )


def test_token_that_is_no_amount_is_skipped():
    assert read(TOKENS, token(decimals="", amount="")) == [
        Skipped(2, "an NFT: the file does not say which one")
    ]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({"amount": ""}, ("TokensTransferred", "the cell is empty")),
        ({"decimals": "256"}, ("TokenDecimals", "no token has 256 decimals")),
        ({"decimals": "1.5"}, ("TokenDecimals", "no token has 1.5 decimals")),
    ],
)
def test_token_without_a_clear_amount_is_an_error(cells, error):
    assert read(TOKENS, token(**cells)) == [RowError(2, *error)]


def test_older_token_file_is_refused():
    header = TOKENS.replace("TokenDecimals,", "")

    with pytest.raises(ImportFailed, match="did not say how many decimals"):
        opened(f"{header}\n", owner_address=ME)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, ("deposit", "", "3 ETH", "")),
        ({"from": ME, "to": CONTRACT}, ("withdrawal", "3 ETH", "", "")),
        ({"from": ME, "to": "", "contract": CONTRACT}, ("withdrawal", "3 ETH", "", "")),
    ],
)
def test_internal_transaction_has_no_fee(cells, expected):
    assert shape(one(INTERNAL, internal(**cells))) == expected


def test_internal_call_that_moves_nothing_is_skipped():
    lines = read(INTERNAL, internal(call="delegatecall"), internal(error="Reverted"))

    assert lines == [
        Skipped(2, "a delegatecall moves nothing"),
        Skipped(3, "the transaction failed: nothing was moved"),
    ]


def test_lines_of_one_hash_are_told_apart():
    calls = "\n".join([INTERNAL, internal(), internal(index="2"), ""])
    tokens = "\n".join([TOKENS, token(), token(amount="1"), token(token=CONTRACT), ""])

    assert len(set(identities_of(calls, owner_address=ME))) == 2
    assert len(set(identities_of(tokens, owner_address=ME))) == 3


def test_line_is_the_same_at_every_price_and_of_every_generation():
    new = f"{HEADER}\n{transaction()}\n"
    old = new.replace(",MethodName", "").replace(",9,9,9,m", ",8,8,8")

    assert identities_of(old, owner_address=ME) == identities_of(new, owner_address=ME)


def test_fixture_reads_as_it_was_written():
    assert [shape(entry) for entry in entries_of(fixture("blockscout.csv"))] == [
        ("deposit", "", "1.5 ETH", ""),
        ("withdrawal", "0.25 ETH", "", "0.000031500000000001 ETH"),
        ("fee", "", "", "0.000044 ETH"),
        ("fee", "", "", "0.00091 ETH"),
    ]
