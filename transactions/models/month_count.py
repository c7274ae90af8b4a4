from django.db import connection, models
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger

ADD_UP = """
    WITH several AS (
        SELECT ledger_id, month, ledger_id IN (SELECT id FROM ledgers_ledger) AS stands
        FROM transactions_monthcount GROUP BY ledger_id, month
        HAVING count(*) > 1 OR ledger_id NOT IN (SELECT id FROM ledgers_ledger)
    ), taken AS (
        DELETE FROM transactions_monthcount AS c USING several AS s
        WHERE c.ledger_id = s.ledger_id AND c.month = s.month
        RETURNING c.ledger_id, c.month, c.n, s.stands
    )
    INSERT INTO transactions_monthcount (ledger_id, month, n)
    SELECT ledger_id, month, sum(n) FROM taken WHERE stands
    GROUP BY ledger_id, month HAVING sum(n) <> 0
"""


class MonthCountQuerySet(models.QuerySet["MonthCount"]):
    def latest_first(self) -> "models.QuerySet[MonthCount, tuple[object, int]]":
        """Months with their numbers of rows."""
        return self.values_list("month").annotate(Sum("n")).order_by("-month")

    def in_all(self) -> "models.QuerySet[MonthCount, tuple[int]]":
        """The numbers of ledgers."""
        return self.values("ledger").annotate(Sum("n")).values_list("n__sum")

    def add_up(self) -> None:
        """One line of each month; none of a ledger that is gone."""
        with connection.cursor() as cursor:
            cursor.execute(ADD_UP)


class MonthCount(models.Model):
    """How many rows of a month a ledger lists without a filter: neither deleted nor hidden.

    The number is the sum of all lines of a month. Each statement that changes it adds one
    (transactions/triggers/month_counts.py), so that nobody who writes waits for another; from time
    to time they are added up (transactions/tasks.py).
    """

    ledger = models.ForeignKey(
        Ledger,
        models.DO_NOTHING,
        verbose_name=_("ledger"),
        related_name="month_counts",
        db_constraint=False,
        db_index=False,
    )
    # Its beginning in UTC.
    month = models.DateTimeField(_("month"))
    n = models.BigIntegerField(_("number"))

    objects = MonthCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("number of transactions of a month")
        verbose_name_plural = _("numbers of transactions by month")
        indexes = [models.Index(fields=["ledger", "month"], include=["n"], name="month_count")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.n}"
