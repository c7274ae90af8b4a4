from decimal import Decimal

import pytest

from contacts.chains import EVM_CHAINS
from formats.parsing.records import Hint, ImportFailed, Remark, RowError, Skipped
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of, opened, shape

ME = "0x1111111111111111111111111111111111111111"
YOU = "0x2222222222222222222222222222222222222222"
CONTRACT = "0x3333333333333333333333333333333333333333"
TOKEN = "0x4444444444444444444444444444444444444444"

HEADER = (
    "Txhash,Blockno,UnixTimestamp,DateTime (UTC),From,To,ContractAddress,Value_IN(ETH),"
    "Value_OUT(ETH),CurrentValue @ $2000/Eth,TxnFee(ETH),TxnFee(USD),Historical $Price/Eth,"
    "Status,ErrCode,Method"
)
TOKENS = (
    "Txhash,Blockno,UnixTimestamp,DateTime (UTC),From,To,TokenValue,USDValueDayOfTx,"
    "ContractAddress,TokenName,TokenSymbol"
)
INTERNAL = (
    "Txhash,Blockno,UnixTimestamp,DateTime (UTC),ParentTxFrom,ParentTxTo,ParentTxETH_Value,From,"
    "TxTo,ContractAddress,Value_IN(ETH),Value_OUT(ETH),CurrentValue @ $2000/Eth,"
    "Historical $Price/Eth,Status,ErrCode,Type"
)


def transaction(**kw: str) -> str:
    cells = {"from": ME, "to": YOU, "contract": "", "in": "0", "out": "0", "fee": "0.002"}
    cells |= {"status": "", "error": "", "hash": "0xAB01"} | kw
    columns = (
        "{hash},1,1600000000,x,{from},{to},{contract},{in},{out},9,{fee},9,9,{status},{error},C"
    )
    return columns.format(**cells)


def token(**kw: str) -> str:
    cells = {"from": YOU, "to": ME, "amount": "5", "usd": "N/A", "symbol": "TOK", "hash": "0xab01"}
    cells |= {"token": TOKEN, "name": "Token"} | kw
    return '{hash},1,1600000000,x,{from},{to},"{amount}","{usd}",{token},{name},{symbol}'.format(
        **cells
    )


def internal(**kw: str) -> str:
    cells = {"from": CONTRACT, "to": ME, "in": "3", "out": "0", "status": "0", "error": ""} | kw
    columns = "{from},{to},,{in},{out},9,9,{status},{error},call,"
    return f"0xab01,1,1600000000,x,{YOU},{CONTRACT},0,{columns.format(**cells)}"


def read(header: str, *lines: str, **options: str) -> list:
    return lines_of("\n".join([header, *lines, ""]), **{"owner_address": ME} | options)


def one(header: str, line: str, **options: str):
    (row,) = read(header, line, **options)
    return row.value


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"out": "1.5"}, ("withdrawal", "1.5 ETH", "", "0.002 ETH")),
        ({"from": YOU, "to": ME, "in": "1.5"}, ("deposit", "", "1.5 ETH", "")),
        ({}, ("fee", "", "", "0.002 ETH")),
        ({"fee": "0"}, ("fee", "", "", "0 ETH")),
        ({"from": YOU, "to": ME}, ("deposit", "", "0 ETH", "")),
        ({"to": ME, "in": "2", "out": "2"}, ("transfer", "2 ETH", "2 ETH", "0.002 ETH")),
        ({"to": ME, "in": "2"}, ("transfer", "2 ETH", "2 ETH", "0.002 ETH")),
        ({"to": ME}, ("fee", "", "", "0.002 ETH")),
        ({"out": '"1,234.5"'}, ("withdrawal", "1234.5 ETH", "", "0.002 ETH")),
        ({"fee": ""}, ("withdrawal", "0 ETH", "", "")),
    ],
)
def test_owner_decides_the_direction(cells, expected):
    assert shape(one(HEADER, transaction(**cells))) == expected


@pytest.mark.parametrize(
    "failure",
    [
        {"status": "Error(0)", "error": "Reverted"},
        {"status": "Error(1)", "error": ""},
        {"status": "", "error": "Out of gas"},
    ],
)
def test_failed_transaction_keeps_its_fee_and_nothing_else(failure):
    entry = one(HEADER, transaction(out="1.5", **failure))

    assert shape(entry) == ("fee", "", "", "0.002 ETH")
    assert entry.status == "failed"


def test_failed_transaction_of_somebody_else_is_skipped():
    lines = read(HEADER, transaction(**{"from": YOU, "to": ME, "in": "1", "status": "Error(0)"}))

    assert lines == [Skipped(2, "the transaction failed, and somebody else paid for it")]


def test_other_side_hash_and_time_are_kept():
    entry = one(HEADER, transaction(out="1"))

    assert (entry.counterparty, entry.own_address, entry.chain) == (YOU, ME, "ethereum")
    assert (entry.tx_hash, entry.group) == ("0xab01", "0xab01")
    assert entry.occurred_at.isoformat() == "2020-09-13T12:26:40+00:00"


def test_contract_that_is_created_is_the_other_side():
    assert one(HEADER, transaction(to="", contract=CONTRACT)).counterparty == CONTRACT


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({"in": "1"}, ("Value_IN(ETH)", "the owner address has sent this, not received it")),
        (
            {"from": YOU, "to": ME, "out": "1"},
            ("Value_OUT(ETH)", "the owner address has received this, not sent it"),
        ),
        ({"to": "0x12"}, ("To", "“0x12” is not an address")),
        ({"from": ""}, ("From", "“” is not an address")),
        ({"out": "-1"}, ("Value_OUT(ETH)", "the amount is negative: -1")),
        ({"fee": "x"}, ("TxnFee(ETH)", "“x” is not a number; write it as 1234.56")),
        ({"hash": ""}, ("Txhash", "the cell is empty")),
        (
            {"from": CONTRACT},
            (
                "",
                f"neither sender nor receiver is the owner address {ME}; another is given as"
                " “Whose addresses”, or with --owner-address",
            ),
        ),
    ],
)
def test_line_that_contradicts_itself_is_an_error(cells, error):
    assert read(HEADER, transaction(**cells)) == [RowError(2, *error)]


def test_internal_transaction_has_no_fee_and_an_empty_cell_too_many():
    assert shape(one(INTERNAL, internal())) == ("deposit", "", "3 ETH", "")


def test_internal_transaction_that_failed_is_skipped():
    lines = read(INTERNAL, internal(status="1"), internal(error="Reverted"))

    assert [line.reason for line in lines] == ["the transaction failed: nothing was moved"] * 2


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, ("deposit", "", "5 TOK", "")),
        ({"from": ME, "to": YOU}, ("withdrawal", "5 TOK", "", "")),
        ({"from": ME, "to": ME}, ("transfer", "5 TOK", "5 TOK", "")),
        ({"amount": "0"}, ("deposit", "", "0 TOK", "")),
        ({"amount": "3,067.671"}, ("deposit", "", "3067.671 TOK", "")),
    ],
)
def test_token_moves_as_the_owner_says(cells, expected):
    assert shape(one(TOKENS, token(**cells))) == expected


def test_token_is_its_contract_whatever_symbol_it_claims():
    genuine, spoofed = (
        row.value.received.asset
        for row in read(TOKENS, token(symbol="USDC"), token(symbol="USDC", token=CONTRACT))
    )

    assert genuine.symbol == spoofed.symbol == "USDC"
    assert genuine.identity != spoofed.identity
    assert genuine.identity == ("ethereum", TOKEN)


def test_token_has_the_value_that_the_source_says():
    told = ("$1,330.58", "N/A", "-$5")
    entries = [row.value for row in read(TOKENS, *(token(usd=usd) for usd in told))]

    assert [entry.value for entry in entries] == [
        (Decimal("1330.58"), "USD"),
        None,
        (Decimal(5), "USD"),
    ]


def test_token_without_an_amount_is_an_error():
    assert read(TOKENS, token(amount="")) == [RowError(2, "TokenValue", "the cell is empty")]


def test_coin_is_that_of_the_chain():
    entry = one(HEADER.replace("(ETH)", "(BNB)"), transaction(out="1"), chain="bsc")

    assert shape(entry) == ("withdrawal", "1 BNB", "", "0.002 BNB")


def test_coin_that_was_renamed_is_the_new_one():
    entry = one(HEADER.replace("(ETH)", "(MATIC)"), transaction(out="1"), chain="Polygon")

    assert shape(entry)[1] == "1 POL"


def test_coin_of_another_chain_is_refused():
    with pytest.raises(ImportFailed, match="in BNB, which is not the coin of ethereum") as failure:
        read(HEADER.replace("(ETH)", "(BNB)"), transaction())

    assert failure.value.hints == (Hint("chain", {"bsc": "BNB", "opbnb": "BNB"}),)


@pytest.mark.parametrize(
    ("coin", "chain", "symbol"),
    [
        ("AVAX", "avalanche", "AVAX"),
        ("FTM", "fantom", "FTM"),
        ("S", "sonic", "S"),
        ("CRO", "cronos", "CRO"),
        ("GLMR", "moonbeam", "GLMR"),
        ("xDAI", "gnosis", "XDAI"),
        ("MNT", "mantle", "MNT"),
        ("MATIC", "polygon", "POL"),
        ("POL", "polygon", "POL"),
    ],
)
def test_coin_of_one_chain_alone_says_which_it_is(coin, chain, symbol):
    entry = one(HEADER.replace("(ETH)", f"({coin})"), transaction(out="1"))

    assert (entry.chain, shape(entry)[1]) == (chain, f"1 {symbol}")


def test_chain_that_was_found_out_is_said():
    reader, _table = opened(HEADER.replace("(ETH)", "(AVAX)") + "\n", owner_address=ME)

    assert reader.remarks == [
        Remark(0, "Value_IN(AVAX)", "", "avalanche", "it is the only chain that has this coin")
    ]


def test_chain_that_was_chosen_is_not_changed():
    with pytest.raises(ImportFailed, match="in AVAX, which is not the coin of polygon") as failure:
        read(HEADER.replace("(ETH)", "(AVAX)"), transaction(), chain="polygon")

    assert failure.value.hints == (Hint("chain", {"avalanche": "AVAX"}),)


def test_coin_of_no_chain_is_refused_for_good():
    with pytest.raises(ImportFailed, match="nor of any chain that is known here") as failure:
        read(HEADER.replace("(ETH)", "(MOON)"), transaction())

    assert failure.value.hints == ()


def test_unknown_chain_is_refused_with_the_known_ones():
    with pytest.raises(ImportFailed, match="There is no chain “moon” here") as failure:
        read(HEADER, transaction(), chain="moon")

    assert failure.value.hints == (Hint("chain", EVM_CHAINS),)


def test_owner_is_an_option_in_any_case():
    entry = one(HEADER, transaction(), owner_address=ME.upper().replace("X", "x"))

    assert entry.own_address == ME


def test_owner_address_that_is_none_is_refused():
    with pytest.raises(ImportFailed, match="“0x12” is not an address"):
        read(HEADER, transaction(), owner_address="0x12")


def test_owner_stands_in_the_file_name():
    entry = one(HEADER, transaction(), owner_address="", file_name=f"export-{ME}.csv")

    assert entry.own_address == ME


def test_owner_is_the_one_address_in_every_row():
    lines = [transaction(hash="0x1"), transaction(hash="0x2", to="9" * 400)]

    rows = read(HEADER, *lines, owner_address="")

    assert rows[0].value.own_address == ME


@pytest.mark.parametrize(
    ("second", "choices"), [({}, [ME, YOU]), ({"from": CONTRACT, "to": TOKEN}, ["0x…"])]
)
def test_owner_that_cannot_be_told_is_asked_for(second, choices):
    with pytest.raises(ImportFailed, match="Whose file this is cannot be told") as failure:
        read(HEADER, transaction(), transaction(**second), owner_address="")

    assert failure.value.hints == (Hint("owner_address", dict.fromkeys(choices, "")),)


def test_file_without_lines_needs_no_owner():
    assert read(HEADER, owner_address="") == []


def test_broken_lines_say_nothing_about_the_owner():
    lines = read(HEADER, transaction(), "0x3,broken", transaction(to=CONTRACT), owner_address="")

    assert [type(line).__name__ for line in lines] == ["Row", "RowError", "Row"]


def test_line_is_the_same_in_every_generation_and_at_every_price():
    old = f"{HEADER}\n{transaction(out='1')}\n"
    new = old.replace("Txhash", "Transaction Hash").replace("$2000", "$1").replace(",9,", ",8,")

    assert identities_of(old, owner_address=ME) == identities_of(new, owner_address=ME)


def test_same_hash_is_another_line_for_the_other_owner_and_on_another_chain():
    texts = [f"{HEADER}\n{transaction(**{side: '1'})}\n" for side in ("out", "in")]

    mine = identities_of(texts[0], owner_address=ME)

    assert mine != identities_of(texts[1], owner_address=YOU)
    assert mine != identities_of(texts[0], owner_address=ME, chain="base")


def test_transfers_of_one_hash_are_different_lines():
    lines = [token(), token(amount="6"), token(token=CONTRACT), token(**{"from": CONTRACT})]

    names = identities_of("\n".join([TOKENS, *lines, ""]), owner_address=ME)

    assert len(set(names)) == 4


def test_token_that_was_renamed_is_the_same_line():
    texts = [f"{TOKENS}\n{token(symbol=name, name=name, usd='$5')}\n" for name in ("OLD", "NEW")]

    assert identities_of(texts[0], owner_address=ME) == identities_of(texts[1], owner_address=ME)


def test_note_of_the_owner_is_kept():
    entry = one(f"{HEADER},PrivateNote", f"{transaction()},rent for May")

    assert entry.note == "rent for May"


ONE_TOKEN = "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),From,To,Quantity,Method"


def of_one_token(**kw: str) -> str:
    cells = {"from": YOU, "to": ME, "amount": "5"} | kw
    return '0xab01,1,1600000000,x,{from},{to},"{amount}",Transfer'.format(**cells)


def test_page_of_one_token_has_the_lines_of_the_token_file():
    name = {"file_name": f"export-token-{TOKEN}.csv", "owner_address": ME}
    lines = [of_one_token(amount="3,067.671"), of_one_token(**{"from": ME, "to": YOU})]
    tokens = [token(amount="3,067.671"), token(**{"from": ME, "to": YOU})]

    page = read(ONE_TOKEN, *lines, **name)
    file = read(TOKENS, *tokens)

    assert [row.identity for row in page] == [row.identity for row in file]
    assert [shape(row.value)[0] for row in page] == ["deposit", "withdrawal"]
    assert page[0].value.received.asset.identity == ("ethereum", TOKEN)


def test_owner_of_a_token_page_is_the_one_in_every_row_not_the_token():
    lines = [of_one_token(), of_one_token(**{"from": CONTRACT})]
    text = "\n".join([ONE_TOKEN, *lines, ""])

    reader, _table = opened(text, file_name=f"export-token-{TOKEN}.csv")

    assert (reader.owner, reader.contract) == (ME, TOKEN)


@pytest.mark.parametrize("name", ["export.csv", f"{TOKEN}-{CONTRACT}.csv", f"{ME}.csv"])
def test_page_of_a_token_that_nothing_names_is_refused(name):
    with pytest.raises(ImportFailed, match="Which token this is, only the name of the file"):
        opened(f"{ONE_TOKEN}\n{of_one_token()}\n", file_name=name, owner_address=ME)


def test_fixture_reads_as_it_was_written():
    shapes = [shape(entry) for entry in entries_of(fixture("etherscan.csv"), owner_address="")]

    assert shapes == [
        ("deposit", "", "2 ETH", ""),
        ("fee", "", "", "0.00105 ETH"),
        ("withdrawal", "0.25 ETH", "", "0.00042 ETH"),
        ("fee", "", "", "0.0031 ETH"),
    ]
