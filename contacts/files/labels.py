"""Labels of Bitcoin wallets (BIP-329) onto transactions. What somebody has written stays."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import batched

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.files.merging import KNOWN, NEW, Filed, against
from contacts.files.readers import HashLabel
from ledgers.models import Ledger, User
from transactions.models import Label, Transaction, TransactionLabel
from transactions.queries.bip329 import text_of

CHUNK = 10_000  # hashes of one statement


class Labeller:
    """Holds a lock on the transactions that it may write."""

    def __init__(self, ledger: Ledger, user: User | None) -> None:
        self.ledger, self.user = ledger, user
        self.labels = {label.name: label for label in ledger.labels.all()}
        self.rows: defaultdict[str, list[Transaction]] = defaultdict(list)
        self.texts: dict[int, str] = {}

    def prepare(self, hashes: Iterable[str]) -> None:
        for some in batched(sorted(set(hashes)), CHUNK):
            for row in self._rows_of(some):
                self.rows[row.tx_hash.lower()].append(row)
                self.texts[row.pk] = text_of(row)

    def _rows_of(self, hashes: Iterable[str]) -> "QuerySet[Transaction]":
        alive = self.ledger.transactions.alive().annotate(lower_hash=Lower("tx_hash"))
        rows = alive.filter(lower_hash__in=hashes).order_by("pk").select_for_update(of=("self",))
        return rows.only("tx_hash", "note").prefetch_related("labels")

    def file(self, entry: HashLabel) -> Filed:
        """To all rows of the hash on which nothing is written, unless one of them says it."""
        rows = self.rows[entry.hash]
        if not rows:
            return against(_("no transaction of this ledger has this hash"))
        texts = [self.texts[row.pk] for row in rows]
        if entry.label in texts:
            return KNOWN
        free = [row for row in rows if not self.texts[row.pk]]
        if not free:
            return against(_("it has “%(text)s” already, which stays"), text=texts[0])
        self._write(free, entry.label)
        return NEW

    def _write(self, rows: list[Transaction], text: str) -> None:
        labels, note = self._parts(text)
        keys = [row.pk for row in rows]
        stamp = {"edited_at": timezone.now(), "edited_by": self.user}
        Transaction.objects.filter(pk__in=keys).update(note=note, **stamp)
        TransactionLabel.objects.bulk_create(
            TransactionLabel(ledger=self.ledger, transaction_id=key, label=label)
            for key in keys
            for label in labels
        )
        self.texts |= dict.fromkeys(keys, text)

    def _parts(self, text: str) -> tuple[list[Label], str]:
        """`rent, flat: May` as an export writes labels and a note, where they are labels of this
        ledger, in their order. All other text is a note."""
        for names, note in (text.partition(": ")[::2], (text, "")):
            labels = [self.labels.get(name) for name in names.split(", ")]
            known = sorted(filter(None, labels), key=self._order)
            if labels == known:
                return known, note
        return [], text

    @staticmethod
    def _order(label: Label) -> tuple[str, int]:
        return label.name.lower(), label.pk
