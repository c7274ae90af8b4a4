"""The lines that a row of the demo ledger would have come from."""

from collections.abc import Callable
from typing import NamedTuple

from demo.draft import Draft, Part

type Cells = list[str]


class Source(NamedTuple):
    """A file of an exchange or explorer, and how a row is written there."""

    format: str
    file: str
    header: Cells
    lines: Callable[[Draft], list[Cells]]


def plain(part: Part | None, sign: int = 1) -> str:
    if not part:
        return "0"
    whole, rest = divmod(part.units, 10**part.coin.decimals)
    decimals = f".{rest:0{part.coin.decimals}}".rstrip("0").rstrip(".")
    return f"{'-' if sign < 0 else ''}{whole}{decimals}"


def moved(draft: Draft) -> list[tuple[Part, int]]:
    """The parts that came in (1) or went out (-1)."""
    parts = ((draft.sent, -1), (draft.received, 1))
    return [(part, sign) for part, sign in parts if part]


def ends(draft: Draft) -> tuple[str, str]:
    """From and to."""
    own = draft.own.at.normalised if draft.own else ""
    other = draft.other.at.normalised if draft.other else ""
    return (other, own) if draft.received else (own, other)


def clock(draft: Draft) -> str:
    return f"{draft.at:%Y-%m-%d %H:%M:%S}"


def block(draft: Draft) -> str:
    """Ethereum makes one every twelve seconds."""
    return str(15_537_394 + (int(draft.at.timestamp()) - 1_663_224_162) // 12)


def etherscan(draft: Draft) -> list[Cells]:
    start, end = ends(draft)
    failed = ["Error(0)", "execution reverted"] if draft.failed else ["", ""]
    when = [block(draft), str(int(draft.at.timestamp())), clock(draft)]
    amounts = [plain(draft.received), plain(draft.sent), plain(draft.fee)]
    return [[draft.tx_hash, *when, start, end, "", *amounts, *failed, "Transfer"]]


def erc20(draft: Draft) -> list[Cells]:
    start, end = ends(draft)
    when = [block(draft), str(int(draft.at.timestamp())), clock(draft)]
    part = moved(draft)[0][0]
    token = [part.coin.contract, part.coin.name, part.coin.symbol]
    return [[draft.tx_hash, *when, start, end, plain(part), "N/A", *token]]


def kraken(draft: Draft) -> list[Cells]:
    return [
        ["", draft.group, clock(draft), draft.type, "", "currency", part.coin.symbol,
         plain(part, sign), plain(draft.fee) if draft.fee and draft.fee.coin is part.coin else "0",
         ""]
        for part, sign in moved(draft)
    ]  # fmt: skip


def coinbase(draft: Draft) -> list[Cells]:
    part, sign = moved(draft)[-1]
    total = f"{draft.value / 100:.2f}"
    kind = {"trade": "Buy", "withdrawal": "Send", "reward": "Staking Income"}.get(draft.type)
    row = [clock(draft) + " UTC", kind or "Receive", part.coin.symbol, plain(part, sign), "EUR"]
    return [[f"{int(draft.at.timestamp()):024x}", *row, "", total, total, "0.00", draft.note]]


ETHERSCAN = Source(
    "etherscan",
    "export-{address}.csv",
    ["Transaction Hash", "Blockno", "UnixTimestamp", "DateTime (UTC)", "From", "To",
     "ContractAddress", "Value_IN(ETH)", "Value_OUT(ETH)", "TxnFee(ETH)", "Status", "ErrCode",
     "Method"],
    etherscan,
)  # fmt: skip
ERC20 = Source(
    "etherscan_erc20",
    "export-token-{address}.csv",
    ["Transaction Hash", "Blockno", "UnixTimestamp", "DateTime (UTC)", "From", "To", "TokenValue",
     "USDValueDayOfTx", "ContractAddress", "TokenName", "TokenSymbol"],
    erc20,
)  # fmt: skip
KRAKEN = Source(
    "kraken_ledgers",
    "ledgers.csv",
    ["txid", "refid", "time", "type", "subtype", "aclass", "asset", "amount", "fee", "balance"],
    kraken,
)
COINBASE = Source(
    "coinbase",
    "coinbase-all.csv",
    [
        "ID",
        "Timestamp",
        "Transaction Type",
        "Asset",
        "Quantity Transacted",
        "Price Currency",
        "Price at Transaction",
        "Subtotal",
        "Total (inclusive of fees and/or spread)",
        "Fees and/or Spread",
        "Notes",
    ],
    coinbase,
)


def source_of(draft: Draft) -> Source | None:
    if draft.account.name == "Main wallet":
        coins = {part.coin.contract for part, _sign in moved(draft)} - {""}
        return ERC20 if coins else ETHERSCAN
    return {"Kraken": KRAKEN, "Coinbase": COINBASE}.get(draft.account.name)
