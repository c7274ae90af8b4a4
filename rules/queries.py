"""Rules of a ledger, what they would do, and what stands in their way."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from contacts.models import Contact
from ledgers.models import Ledger
from rules.models import Rule
from rules.statements import Plan, Rows
from transactions.active_filters import mistakes
from transactions.filters import TransactionFilter
from transactions.find.spelling import in_search
from transactions.models import Label
from transactions.queries.saved_views import normalised

# How a list is shown, not what is in it.
SHOWN = ("sort", "size", "columns")


def when(query: QueryDict) -> str:
    """The filter that a URL of the list says, in one spelling."""
    found = QueryDict(normalised(query), mutable=True)
    for name in SHOWN:
        found.pop(name, None)
    return found.urlencode(safe=",")


def asked(given: str) -> QueryDict:
    """What a person means by it: words of the search, or the address of a filtered list."""
    if given.startswith(("/", "?", "http:", "https:")):
        return QueryDict(given.partition("?")[2].partition("#")[0])
    plain = QueryDict(given)
    return plain if when(plain) else QueryDict(urlencode({"q": given}))


def written(ledger: Ledger, query: str) -> str:
    """A filter as words of the search; as it is, where it names what has no words any more."""
    words = in_search(QueryDict(query), ledger)
    meant = TransactionFilter(asked(words), ledger).data
    return words if when(meant) == query else query


def plan(rule: Rule, among: Rows | None = None) -> Plan:
    """Of all rows of the ledger, or `among` others."""
    return Plan(rule, TransactionFilter(QueryDict(rule.query), rule.ledger, among).rows)


@dataclass
class Known:
    """The labels and contacts that some rules name, as far as they are there."""

    ledger: Ledger
    rules: list[Rule]
    labels: dict[int, Label] = field(init=False)
    contacts: dict[int, Contact] = field(init=False)

    def __post_init__(self) -> None:
        labels = {pk for rule in self.rules for pk in (*rule.adds, *rule.takes)}
        contacts = {rule.contact_id for rule in self.rules if rule.contact_id}
        self.labels = self.ledger.labels.in_bulk(labels) if labels else {}
        self.contacts = self.ledger.contacts.in_bulk(contacts) if contacts else {}

    def problem(self, rule: Rule) -> str:
        """Why it cannot be used, if it cannot."""
        if missing := self.missing(rule):
            return missing
        wrong = mistakes(rule.ledger, rule.query)
        return _("Its filter cannot be used: %(why)s") % {"why": " ".join(wrong)} if wrong else ""

    def missing(self, rule: Rule) -> str:
        if not self.labels.keys() >= {*rule.adds, *rule.takes}:
            return _("A label that it names is not there any more.")
        if rule.contact_id and rule.contact_id not in self.contacts:
            return _("The contact that it names is not there any more.")
        return ""


def problem_of(rule: Rule) -> str:
    return Known(rule.ledger, [rule]).problem(rule)


def usable(ledger: Ledger) -> list[Rule]:
    """Those that are on, in their order. A filter that cannot be used lists nothing."""
    rules = list(ledger.rules.on())
    for rule in rules:
        rule.ledger = ledger
    known = Known(ledger, rules)
    return [rule for rule in rules if not known.missing(rule)]
