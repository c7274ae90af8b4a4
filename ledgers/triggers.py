import pgtrigger

from live.feed import ALL_STREAMS, USER
from live.triggers import after, notify

NAMES = "(username, first_name, last_name)"
ACCESS = "(is_active, password)"


def user_changes() -> pgtrigger.Trigger:
    """Pages of a user's ledgers show his name; his streams end with his access."""
    return after(
        pgtrigger.Update,
        "announce_update",
        notify(changed("m.ledger_id", NAMES)),
        notify(changed("o.id", ACCESS), ALL_STREAMS, USER),
    )


def changed(select: str, columns: str) -> str:
    old, new = (columns.replace("(", f"({row}.").replace(", ", f", {row}.") for row in "on")
    return f"""
        SELECT {select} AS key FROM old_rows o
        JOIN new_rows n USING (id) JOIN ledgers_membership m ON m.user_id = o.id
        WHERE {old} IS DISTINCT FROM {new}
    """
