"""What can be said of a table: which fields there are, and which ways to write them."""

from transactions.models import TransactionType

NAME_LENGTH = 40
# An amount, and the field that says what it is of.
ASSETS = {
    "amount": "asset",
    "total": "total_asset",
    "sent": "sent_asset",
    "received": "received_asset",
    "fee": "fee_asset",
    "value": "value_asset",
}
TEXTS = ("type", "counterparty", "label", "note")
# What can be the same in every row.
CONSTANTS = (*ASSETS.values(), *TEXTS)
FIELDS = ("time", *ASSETS, *CONSTANTS, "hash", "group")

SIGNED, IN_COLUMNS, BY_WORD = "signed", "columns", "words"
# What each sign convention reads, beside time, fee and value.
MOVED = {
    SIGNED: ("amount", "total"),
    BY_WORD: ("amount", "total"),
    IN_COLUMNS: ("sent", "received"),
}
IN, OUT = "in", "out"
# A word of the type column that says nothing about the type, and one whose rows are left out.
AUTO, SKIP = "auto", "skip"
TYPES = (*TransactionType.values, AUTO, SKIP)

ISO, UNIX, UNIX_MS, EXCEL = "iso", "unix", "unix_ms", "excel"
DATES = (ISO, UNIX, UNIX_MS, EXCEL)
