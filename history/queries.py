"""A page of the history, and the last entries of one row."""

from dataclasses import dataclass

from history.models import Entry, EntryQuerySet

SIZE = 50
LAST = 5


@dataclass
class HistoryPage:
    entries: list[Entry]
    more: bool

    @property
    def last(self) -> int | None:
        """What the next page comes after, if there is one."""
        return self.entries[-1].pk if self.more else None


def page_of(rows: EntryQuerySet) -> HistoryPage:
    found = list(rows.latest_first()[: SIZE + 1])
    return HistoryPage(found[:SIZE], len(found) > SIZE)


def last_of(rows: EntryQuerySet) -> list[Entry]:
    return list(rows.latest_first()[:LAST])


def last_since(entry: Entry) -> Entry | None:
    """What has been written to the same row since."""
    since = Entry.objects.filter(
        ledger=entry.ledger_id, kind=entry.kind, object_id=entry.object_id, pk__gt=entry.pk
    )
    return since.latest_first().first()
