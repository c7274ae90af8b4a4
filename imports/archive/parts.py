"""What a ledger's archive holds: JSON Lines for each kind of row, and `ledger.json`, which says how
many each has. Every line has all of the fields of its part and no others, so that what a newer
version adds is refused instead of lost."""

from transactions.queries.export import CELLS, columns

FORMAT, VERSION = "txproject ledger", 4
LEDGER = "ledger.json"
LEDGER_FIELDS = ("format", "version", "name", "slug", "time_zone", "keeps_files", "rows")


def key(column: str) -> str:
    """As JSON Lines call it."""
    return column.lower().replace(" ", "_")


# What a row is besides what the export has of it; `import` is the number of its import.
KEPT = ("import", "created_at", "edited_at", "deleted_at", "labels_of_people")
EXPORTED = tuple(key(column) for column in columns(cells=True))
SOURCE_CELLS = key(CELLS)
COUNTS = ("lines", "imported", "duplicates", "skipped", "errors", "transactions")

# In the order in which they are read: each points at those before it only.
PARTS = {
    "wallets": ("name", "kind", "archived_at"),
    "contacts": ("name", "note"),
    "addresses": ("chain", "address", "note", "contact", "wallet"),
    "labels": ("name", "colour"),
    "assets": ("symbol", "name", "chain", "contract"),
    "imports": (
        *("number", "file_name", "sha256", "format", "wallet", "header", "size", "way", "seconds"),
        *("imported_at", "imported_by", *COUNTS),
    ),
    # What each import said of lines, by the import's number and by line.
    "remarks": ("import", "kind", "said"),
    "transactions": (*EXPORTED, *KEPT),
    # Its ends by their lines in the part before.
    "transfers": ("sent", "received", "state", "decided_at"),
    # Those of the ledger, in their order; `query` has names and numbers in the place of keys.
    "views": ("name", "slug", "query"),
    # That people have stated.
    "balances": ("wallet", *("symbol", "chain", "contract"), "at", "amount", "note", "created_at"),
    # In their order; what they name is named so too.
    "rules": (
        *("name", "enabled", "query", "adds", "takes", "contact", "type", "hides", "note"),
        "appends",
    ),
}
# What older versions had: no stated balances and no rules, before that the whole report in one line
# and no views, and at first no transfers.
REPORT = "report"
FOURTH = ("balances", "rules")
THIRD = {name: fields for name, fields in PARTS.items() if name not in FOURTH}
SECOND = {name: fields for name, fields in THIRD.items() if name not in ("remarks", "views")}
SECOND["imports"] = (*SECOND["imports"], REPORT)
FIRST = {name: fields for name, fields in SECOND.items() if name != "transfers"}
VERSIONS = {1: FIRST, 2: SECOND, 3: THIRD, VERSION: PARTS}


def file_of(part: str) -> str:
    return f"{part}.jsonl"
