"""Every statement is answered rightly, and together they are wrong."""

from contextlib import contextmanager

from diagnosis.app.models import Transaction, db
from diagnosis.app.right import Application


class NoTieBreaker(Application):
    """ORDER BY a time that many rows share, and nothing after it"""

    family = "order"
    look = "walk"
    order = (Transaction.occurred_at.desc(),)


class CountThenRows(Application):
    """Count and rows in two statements, each of its own moment"""

    family = "query"
    look = "import"

    @contextmanager
    def reading(self):
        yield db.session
