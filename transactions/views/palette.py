"""Whatever one may go to in a ledger, by typing: a dialog over every page, and a page of its own
for those without scripts."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledgers.access import LedgerRequest, ledger_view
from ledgers.context import sections
from ledgers.models import Role
from transactions.queries.palette import Named, named
from txproject.http import partial

LONGEST = 100
PAGE, ACTION = _("page"), _("action")
KINDS = {
    "view": (_("view"), "eye"),
    "contact": (_("contact"), "user"),
    "wallet": (_("wallet"), "wallet"),
    "label": (_("label"), "tag"),
}
MORE_PAGES = [
    ("view_list", _("Saved views"), "eye", Role.VIEWER),
    ("rule_list", _("Rules"), "adjustments-horizontal", Role.VIEWER),
    ("spam_list", _("Spam"), "ban", Role.VIEWER),
    ("history", _("History"), "git-compare", Role.VIEWER),
    ("ledger_settings", _("Ledger settings"), "settings", Role.VIEWER),
    ("transactions_deleted", _("Deleted transactions"), "trash", Role.EDITOR),
]
ACTIONS = [
    ("transaction_new", _("Add a transaction"), "plus", Role.EDITOR),
    ("import_new", _("Import files"), "file-import", Role.EDITOR),
    ("contact_new", _("New contact"), "user-plus", Role.ANNOTATOR),
    ("wallet_new", _("New wallet"), "wallet", Role.EDITOR),
    ("label_new", _("New label"), "tag", Role.ANNOTATOR),
]


@dataclass
class Entry:
    name: str
    kind: Any
    icon: str
    url: str


@ledger_view(personal=True)
def palette(request: LedgerRequest) -> HttpResponse:
    text = " ".join(request.GET.get("q", "").split())[:LONGEST]
    # By the beginning of a word: “an” means Ana rather than Transactions.
    known = [each for each in places(request) if f" {text}".lower() in f" {each.name}".lower()]
    found = [entry(request, each) for each in named(request.ledger, request.user, text)]
    context = {"q": text, "entries": [*known, *found]}
    if partial(request):
        return render(request, "palette/list.jinja", context, using="jinja")
    return render(request, "palette/page.html", context)


def places(request: LedgerRequest) -> list[Entry]:
    """Pages and actions that the role may open."""
    own = [(each["label"], each["icon"], each["url"]) for each in sections(request, request.ledger)]
    shown = [Entry(str(label), PAGE, icon, url) for label, icon, url in own]
    if request.membership.may(Role.ANNOTATOR):
        url = f"{reverse('transaction_list', args=[request.ledger.slug])}?review=new"
        new = pgettext_lazy("transactions", "New transactions")
        shown.append(Entry(str(new), PAGE, "list-details", url))
    for kind, entries in ((PAGE, MORE_PAGES), (ACTION, ACTIONS)):
        for name, label, icon, role in entries:
            if request.membership.may(role):
                url = reverse(name, args=[request.ledger.slug])
                shown.append(Entry(str(label), kind, icon, url))
    return shown


def entry(request: LedgerRequest, each: Named) -> Entry:
    kind, icon = KINDS[each.kind]
    return Entry(each.name, kind, icon, url_of(request.ledger.slug, each))


def url_of(ledger: str, each: Named) -> str:
    if each.kind == "view":
        return reverse("view", args=[ledger, each.slug])
    if each.kind == "contact":
        return reverse("contact", args=[ledger, each.key])
    return f"{reverse('transaction_list', args=[ledger])}?{each.kind}={each.key}"
