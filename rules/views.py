"""Rules: listed, made, changed, put in order, deleted; shown with what they would do, applied, and
what they did taken back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from history.actions import CannotRevert, Conflicts
from history.views import conflict
from ledgers.access import LedgerRequest, ledger_view
from ledgers.editing import Editor
from ledgers.models import Role
from ledgers.undo import offer
from rules import actions
from rules.forms import AnnotatorRuleForm, RuleForm
from rules.models import Effect, Rule, Run
from rules.presentation import ShownRule, preview, shown_rules
from rules.queries import plan, when
from rules.tasks import apply_rules
from transactions.active_filters import in_words
from transactions.forms.editors import NAME_LENGTH
from transactions.queries.listing import MAX_COUNT
from txproject.http import next_url, partial, see_other
from txproject.localized import grouped

LIST, PAGE, ALL, EDIT = (f"rules/{name}.html" for name in ("list", "rule", "all", "edit"))
STEPS = {"up": -1, "down": 1}
LAST = 20  # of what a rule did
AT_ONCE = 2_000  # transactions; more are taken back by a worker
annotator = ledger_view(read=Role.ANNOTATOR, write=Role.ANNOTATOR)
writer = ledger_view(read=None, write=Role.ANNOTATOR)
editor = ledger_view(read=Role.EDITOR, write=Role.EDITOR)


@ledger_view()
def rule_list(request: LedgerRequest) -> HttpResponse:
    context = {
        "rules": shown(request, list(request.ledger.rules.alive())),
        "run": request.ledger.rule_runs.filter(rule=None).first(),
        "next": request.get_full_path(),
    }
    return render(request, f"{LIST}#rules" if partial(request) else LIST, context)


@annotator
def rule_new(request: LedgerRequest) -> HttpResponse:
    """Of the list with the same parameters, doing what `then_label` and the like say."""
    query = when(request.GET)
    made = Rule(ledger=request.ledger, query=query, **proposed(request))
    made.name = in_words(request.ledger, query)[:NAME_LENGTH] if query else ""
    answer = edit_page(request).edit(made, form_class(request))
    saved_as_page = answer.status_code == 303 and not partial(request)
    return see_other(made.get_absolute_url()) if saved_as_page else answer


def proposed(request: LedgerRequest) -> dict[str, Any]:
    """What a bulk edit did. Keys of another ledger are none."""
    labels = request.ledger.labels.filter(pk__in=digits(request, "then_label"))
    contact = request.ledger.contacts.filter(pk__in=digits(request, "then_contact")).first()
    hides = "then_hide" in request.GET and request.membership.may(Role.EDITOR)
    return {"adds": [label.pk for label in labels], "contact": contact, "hides": hides}


def digits(request: LedgerRequest, name: str) -> list[int]:
    given = request.GET.getlist(name)
    return [int(key) for key in given if key.isascii() and key.isdecimal() and len(key) < 19]


@ledger_view()
def rule(request: LedgerRequest, rule: int) -> HttpResponse:
    row = load(request, rule)
    (of_rule,) = shown(request, [row])
    context = {
        "rule": of_rule,
        "preview": None if of_rule.problem else preview(row, request.get_full_path()),
        "most": MAX_COUNT,
        "run": row.runs.first(),
        "effects": row.effects.select_related("by", "batch")[:LAST],
        "next": request.get_full_path(),
    }
    return render(request, f"{PAGE}#rule" if partial(request) else PAGE, context)


@annotator
def rule_edit(request: LedgerRequest, rule: int) -> HttpResponse:
    row = changeable(request, rule)
    return edit_page(request, row).edit(row, form_class(request))


@writer
def rule_removed(request: LedgerRequest, rule: int) -> HttpResponse:
    row = changeable(request, rule)
    text = _("The rule “%(name)s” is deleted. What it wrote stays.") % {"name": row}
    offer(request, text, "rule deleted", actions.delete(row, request.user))
    return see_other(back(request))


@writer
def rule_place(request: LedgerRequest, rule: int) -> HttpResponse:
    row = changeable(request, rule)
    if step := STEPS.get(request.POST.get("move", "")):
        actions.move(row, step)
    return see_other(back(request))


@writer
def rule_enabled(request: LedgerRequest, rule: int) -> HttpResponse:
    actions.switch(changeable(request, rule), request.POST.get("on") == "1", request.user)
    return see_other(back(request))


@writer
def rule_applied(request: LedgerRequest, rule: int) -> HttpResponse:
    """To what is there, as it was shown."""
    row = changeable(request, rule)
    version = request.POST.get("version", "")
    if version != str(row.version):
        messages.error(request, _("The rule was changed since. Look again at what it would do."))
        return see_other(row.get_absolute_url())
    run = Run(ledger=request.ledger, rule=row, version=row.version)
    return queued(request, run, row.get_absolute_url())


def queued(request: LedgerRequest, run: Run, where: str) -> HttpResponse:
    """One after the other; who asks for the same twice gets it once."""
    active = request.ledger.rule_runs.filter(rule=run.rule, state__in=Run.ACTIVE).first()
    if active is None:
        run.by = request.user
        actions.queue(run, apply_rules)
    elif not active.does_what(run):
        text = _("Nothing was begun: this rule is at work. Try again when that has ended.")
        messages.warning(request, text)
    return see_other(where)


@editor
def rules_applied(request: LedgerRequest) -> HttpResponse:
    """All that are on: what each of them would do by itself, then the act."""
    if request.method == "POST":
        where = reverse("rule_list", args=[request.ledger.slug])
        return queued(request, Run(ledger=request.ledger), where)
    rules = [each for each in shown(request, list(request.ledger.rules.on())) if not each.problem]
    counted = [(each, plan(each.row).count(MAX_COUNT + 1)) for each in rules]
    context = {"rules": counted, "most": MAX_COUNT}
    return render(request, ALL, context)


@writer
def run_cancelled(request: LedgerRequest, run: int) -> HttpResponse:
    row = get_object_or_404(request.ledger.rule_runs.select_related("rule"), pk=run)
    if row.rule:
        refuse(request, row.rule)
    elif not request.membership.may(Role.EDITOR):
        raise PermissionDenied
    if actions.cancel(row):
        messages.success(request, _("Cancelled. Nothing of it was written."))
    return see_other(back(request))


@writer
def effect_reverted(request: LedgerRequest, effect: int) -> HttpResponse:
    effects = Effect.objects.select_related("rule").filter(ledger=request.ledger, back_at=None)
    row = get_object_or_404(effects, pk=effect)
    refuse(request, row.rule)
    where, others = back(request), "others" in request.POST
    if row.changed > AT_ONCE:
        run = Run(ledger=request.ledger, rule=row.rule, effect=row.pk, others=others)
        return queued(request, run, where)
    try:
        n = actions.take_back(row, request.membership, others)
    except Conflicts as conflicts:
        return conflict(request, conflicts, request.path, where)
    except CannotRevert as reason:
        messages.error(request, _("Nothing was taken back. %(reason)s") % {"reason": reason})
        return see_other(where)
    text = ngettext("%(n)s change is taken back.", "%(n)s changes are taken back.", n)
    messages.success(request, text % {"n": grouped(n)})
    return see_other(where)


def shown(request: LedgerRequest, rules: list[Rule]) -> list[ShownRule]:
    may = request.membership.may
    return shown_rules(request.ledger, rules, may(Role.EDITOR), may(Role.ANNOTATOR))


def load(request: LedgerRequest, pk: int) -> Rule:
    rules = request.ledger.rules.alive().select_related("edited_by")
    row = get_object_or_404(rules, pk=pk)
    row.ledger = request.ledger
    return row


def changeable(request: LedgerRequest, pk: int) -> Rule:
    row = load(request, pk)
    refuse(request, row)
    return row


def refuse(request: LedgerRequest, row: Rule) -> None:
    """An annotator may not have types changed by a rule of somebody else either."""
    if row.needs_editor and not request.membership.may(Role.EDITOR):
        raise PermissionDenied


def form_class(request: LedgerRequest) -> type[RuleForm]:
    return RuleForm if request.membership.may(Role.EDITOR) else AnnotatorRuleForm


def back(request: LedgerRequest) -> str:
    return next_url(request, reverse("rule_list", args=[request.ledger.slug]))


def edit_page(request: LedgerRequest, row: Rule | None = None) -> Editor:
    page = row.get_absolute_url() if row else back(request)
    more = {
        "labels": request.ledger.labels.all(),
        "contacts": request.ledger.contacts.all()[:500],
    }
    return Editor(request, EDIT, page, more)
