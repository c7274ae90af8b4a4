"""Rules applied to what is there, by a worker: all of a run or nothing of it."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted

from ledgers.models import Ledger
from live.jobs import AGAIN, Reporter
from rules.actions import acting, apply
from rules.models import Rule, Run
from rules.queries import problem_of, usable

logger = logging.getLogger(__name__)
State = Run.State


class Superseded(Exception):
    """The run was cancelled while it was worked on."""


class NotApplied(Exception):
    """The message says why."""


@app.task(name="rules.apply_rules", queue="rules", pass_context=True, retry=AGAIN)
def apply_rules(context: JobContext, run: int, language: str | None = None) -> None:
    active = Run.objects.filter(pk=run, state__in=Run.ACTIVE)
    if not active.update(state=State.RUNNING, fraction=0):
        return
    row = Run.objects.select_related("ledger", "rule", "by").get(pk=run)
    report = Reporter(row, context)
    try:
        with translation.override(language):
            work(row, report)
    except NotApplied as reason:
        active.update(state=State.FAILED, problem=str(reason))
    except Superseded:
        logger.info("Run %d was cancelled meanwhile", run)
    except (JobAborted, OperationalError, InterfaceError):
        raise
    except Exception:
        with translation.override(language):
            text = _("This is a fault of the program, and is in its log. Nothing was changed.")
        active.update(state=State.FAILED, problem=text)
        raise
    finally:
        report.connection.close()


def work(run: Run, report: Callable[[float], None]) -> None:
    """Locked against imports and against taking back, which write many rows as well."""
    with transaction.atomic():
        Ledger.objects.select_for_update(no_key=True).get(pk=run.ledger_id)
        rules = rules_of(run)
        with acting(run.by):
            for n, rule in enumerate(rules):
                report(n / len(rules))
                apply(rule, run.by)
        running = Run.objects.filter(pk=run.pk, state=State.RUNNING)
        if not running.update(state=State.DONE, fraction=1):
            raise Superseded


def rules_of(run: Run) -> list[Rule]:
    if not run.rule_id:
        return usable(run.ledger)
    rule = run.ledger.rules.alive().filter(pk=run.rule_id).first()
    if rule is None or rule.version != run.version:
        raise NotApplied(_("The rule was changed after it was shown. Nothing was changed."))
    rule.ledger = run.ledger
    if problem := problem_of(rule):
        raise NotApplied(problem)
    return [rule]
