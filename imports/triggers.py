"""What is announced of rows that a job works on: a change to every open page, progress to those
that show it."""

import pgtrigger

from live.feed import ALL_LEDGERS, PROGRESS
from live.triggers import after, announcements, notify

JOINED = "old_rows AS o JOIN new_rows AS n USING (id)"


def changes(same: str) -> list[pgtrigger.Trigger]:
    """An update after which the row is the `same` but for its progress (a condition on its old and
    new self, o and n) is announced as such: it comes twice a second."""
    others = [each for each in announcements() if each.name != "announce_update"]
    changed = f"SELECT n.ledger_id AS key FROM {JOINED} WHERE NOT ({same})"
    progress = f"SELECT n.ledger_id AS key FROM {JOINED} WHERE {same}"
    bodies = (notify(changed), notify(progress, ALL_LEDGERS, PROGRESS))
    return [*others, after(pgtrigger.Update, "announce_update", *bodies)]
