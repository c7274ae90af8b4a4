"""What is announced of an upload: a change to every open page, progress to those that show it."""

import pgtrigger

from live.feed import ALL_LEDGERS, PROGRESS
from live.triggers import after, announcements, notify

JOINED = "old_rows AS o JOIN new_rows AS n USING (id)"


def upload_changes() -> list[pgtrigger.Trigger]:
    """An update of the progress alone is announced as such: it comes twice a second."""
    others = [each for each in announcements() if each.name != "announce_update"]
    same = "to_jsonb(o) - 'fraction' - 'lines_read' = to_jsonb(n) - 'fraction' - 'lines_read'"
    changed = f"SELECT n.ledger_id AS key FROM {JOINED} WHERE NOT {same}"
    progress = f"SELECT n.ledger_id AS key FROM {JOINED} WHERE {same}"
    bodies = (notify(changed), notify(progress, ALL_LEDGERS, PROGRESS))
    return [*others, after(pgtrigger.Update, "announce_update", *bodies)]
