"""What is marked as spam comes in hidden, and is shown again when the mark is gone."""

from imports.models import ImportBatch
from imports.pipeline.undo import redo, undo, work_on
from ledgers.models import Ledger, User
from tests.factories import coin, make_spam
from tests.imports.helpers import run
from tests.imports.uploads import koinly
from transactions.actions.bulk import set_hidden
from transactions.actions.spam import unmark


def test_spam_comes_in_hidden_and_survives_undo(ledger: Ledger, user: User) -> None:
    mark = make_spam(ledger, asset=coin(ledger, "BTC"))

    batch = ImportBatch.objects.get(pk=run(ledger, koinly(1, 2, 3)).batch)

    rows = ledger.transactions.alive()
    assert rows.filter(hidden=True).count() == 3
    assert not ledger.history.filter(kind="transaction").exists()
    assert work_on(batch).rows == 0
    set_hidden(rows.filter(pk=rows.earliest("occurred_at", "pk").pk), False, user)
    undo(batch, user, keep=False)
    redo(batch, None)
    assert rows.filter(hidden=False).count() == 1
    unmark(ledger, mark.pk)
    assert rows.filter(hidden=False).count() == 3
