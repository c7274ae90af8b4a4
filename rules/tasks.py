"""Rules applied to what is there, and what they did taken back, by a worker: all of a run, or
nothing."""

import logging
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted

from history.actions import CannotRevert, Conflicts
from ledgers.models import Ledger
from live.jobs import AGAIN, Reporter
from rules.actions import acting, apply, take_back
from rules.models import Rule, Run
from rules.queries import problem_of, usable
from txproject.localized import grouped

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
        do = put_back if run.effect else put
        do(run, report)
        running = Run.objects.filter(pk=run.pk, state=State.RUNNING)
        if not running.update(state=State.DONE, fraction=1):
            raise Superseded


def put(run: Run, report: Callable[[float], None]) -> None:
    rules = rules_of(run)
    with acting(run.by):
        for n, rule in enumerate(rules):
            report(n / len(rules))
            apply(rule, run.by)


def put_back(run: Run, report: Callable[[float], None]) -> None:
    effect = run.ledger.effects.filter(pk=run.effect or 0, back_at=None).first()
    member = run.ledger.memberships.select_related("user").filter(user=run.by).first()
    if effect is None or member is None:
        raise NotApplied(_("There is nothing to be taken back any more."))
    try:
        take_back(effect, member, run.others, report=report)
    except Conflicts as conflicts:
        raise NotApplied(changed_since(len(conflicts.entries))) from None
    except CannotRevert as reason:
        raise NotApplied(_("Nothing was taken back. %(reason)s") % {"reason": reason}) from None
    except PermissionDenied:
        raise NotApplied(_("Your role may not do this")) from None


def changed_since(n: int) -> str:
    text = ngettext(
        "%(n)s of its changes was overwritten since. Nothing was taken back.",
        "%(n)s of its changes were overwritten since. Nothing was taken back.",
        n,
    )
    return text % {"n": grouped(n)}


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
