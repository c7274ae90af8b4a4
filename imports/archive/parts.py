"""What a ledger's archive holds: JSON Lines for each kind of row, and `ledger.json`, which says how
many each has. Every line has all of the fields of its part and no others, so that what a newer
version adds is refused instead of lost."""

from transactions.queries.export import CELLS, columns

FORMAT, VERSION = "txproject ledger", 6
LEDGER = "ledger.json"
LEDGER_FIELDS = ("format", "version", "name", "slug", "time_zone", "keeps_files", "rows")
SETTINGS, SETTINGS_SINCE = ("reviews_by",), 5


def key(column: str) -> str:
    """As JSON Lines call it."""
    return column.lower().replace(" ", "_")


# What a row is besides what the export has of it; `import` is the number of its import.
KEPT = ("import", "created_at", "edited_at", "deleted_at", "labels_of_people")
# The line of the row with the line that this one came of too; null of most.
PARENT = "parent"
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
    "transactions": (*EXPORTED, *KEPT, PARENT),
    # Rows of other imports whose lines are in an import's file too: its number, and their lines.
    "known": ("import", "transaction"),
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
    # How tables are read that no format knows; `mapping` as TOML has it, but for its name.
    "mappings": ("name", "mapping", "created_at"),
    # Marks of addresses, and of tokens, which have no address.
    "spam": ("address", *("symbol", "chain", "contract"), "created_at"),
    # By the numbers of their lines.
    "hidden_as_spam": ("mark", "transaction"),
    # What waits for a review; of whom, where each person reviews for himself.
    "new": ("transaction", "person", "why", "since"),
    # `row` is the number of a line of the part of that kind, null for what is gone; so are the keys
    # of rows in `changes`.
    "history": (
        *("at", "act", "way", "writer", "deed", "kind", "row", "name", "contact", "changes"),
    ),
}
REPORT = "report"


def without(of: dict[str, tuple[str, ...]], *names: str) -> dict[str, tuple[str, ...]]:
    return {name: fields for name, fields in of.items() if name not in names}


# What older versions had: no mappings, parents and known rows, before that no spam, reviews and
# history, before that no stated balances and no rules, before that the whole report in one line and
# no views, and at first no transfers.
FIFTH = without(PARTS, "mappings", "known")
FIFTH["transactions"] = (*EXPORTED, *KEPT)
FOURTH = without(FIFTH, "spam", "hidden_as_spam", "new", "history")
THIRD = without(FOURTH, "balances", "rules")
SECOND = without(THIRD, "remarks", "views")
SECOND["imports"] = (*SECOND["imports"], REPORT)
FIRST = without(SECOND, "transfers")
VERSIONS = {1: FIRST, 2: SECOND, 3: THIRD, 4: FOURTH, 5: FIFTH, VERSION: PARTS}


def file_of(part: str) -> str:
    return f"{part}.jsonl"
