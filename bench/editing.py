"""A label is put on a row and taken off again, as the browser does it, with either application."""

from collections.abc import Iterable
from dataclasses import dataclass

from bench.client import PARTIAL, Client, list_url


@dataclass
class LabelEdit:
    client: Client
    slug: str
    row: int
    label: int
    has: bool = False

    def save(self) -> float:
        """ms of the POST alone."""
        url = f"{list_url(self.slug)}{self.row}/labels/?next={list_url(self.slug)}"
        data = {"was": self.label} if self.has else {"label": self.label}
        answer = self.client.ask(url, data, **PARTIAL)
        assert answer.status == 303, f"{url}: {answer.status}"
        self.has = not self.has
        return answer.seconds * 1000

    def list_again(self) -> float:
        """ms of the list that the save leads to, as a fragment."""
        return self.client.ms(list_url(self.slug), **PARTIAL)


def edits(clients: Iterable[Client], slug: str, label: int) -> list[LabelEdit]:
    """Each client has a row of the first page for itself, without that label."""
    from transactions.models import Transaction

    rows = Transaction.objects.alive().filter(ledger__slug=slug, hidden=False)
    without = rows.latest_first()[:50].values_list("pk", "labels")
    labelled = {pk for pk, has in without if has == label}
    free = [pk for pk in dict.fromkeys(pk for pk, _ in without) if pk not in labelled]
    return [LabelEdit(c, slug, pk, label) for c, pk in zip(clients, free[20:], strict=False)]
