"""Which role takes a change back: the one that the change itself needs."""

from history.models import Entry
from ledgers.models import Role

# What people write about a transaction, with its labels; the rest of it takes an editor.
WRITTEN = {"note", "type", "contact", "label", "hidden"}
# Goes with an import, and comes back with it.
OF_IMPORT = {"batch", "undone_import"}
ROLES = {
    Entry.Kind.LABEL: Role.ANNOTATOR,
    Entry.Kind.CONTACT: Role.ANNOTATOR,
    Entry.Kind.WALLET: Role.EDITOR,
    Entry.Kind.BALANCE: Role.EDITOR,
    Entry.Kind.MEMBERSHIP: Role.OWNER,
    # It may change types.
    Entry.Kind.RULE: Role.EDITOR,
    Entry.Kind.SPAM: Role.EDITOR,
}


def role_of(entry: Entry) -> Role | None:
    """None where it cannot be taken back by itself."""
    changed = entry.changes.keys()
    if entry.is_brought or changed & OF_IMPORT or entry.kind == Entry.Kind.REVIEW:
        return None
    if entry.kind == Entry.Kind.TRANSACTION:
        return Role.ANNOTATOR if changed <= WRITTEN else Role.EDITOR
    if entry.kind == Entry.Kind.ADDRESS:
        return Role.EDITOR if "wallet" in changed else Role.ANNOTATOR
    return ROLES[Entry.Kind(entry.kind)]
