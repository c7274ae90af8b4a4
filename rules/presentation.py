"""Rules as they are read, and what they would change; formatted before the template loops."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from history.presentation import ShownChange, text, title
from ledgers.models import Ledger
from rules.models import Rule
from rules.queries import Known, plan
from transactions.active_filters import in_words
from transactions.models import Label
from transactions.presentation import Presenter, Row
from transactions.queries.listing import MAX_COUNT
from transactions.queries.rows import in_order

SHOWN = 50
KIND = "transaction"
FIELDS = {"type": "type", "contact_id": "contact", "hidden": "hidden", "note": "note"}


@dataclass(slots=True)
class ShownRule:
    """`does` is what it writes, each a sentence of two parts: what, and which."""

    row: Rule
    when: str
    does: list[tuple[str, str]]
    problem: str
    may: bool


@dataclass(slots=True)
class Preview:
    """What a rule would change: how many rows, and the latest of them."""

    count: int
    rows: list[tuple[Row, list[ShownChange]]]

    @property
    def capped(self) -> bool:
        return self.count > MAX_COUNT

    @property
    def more(self) -> bool:
        return self.count > len(self.rows)


def shown_rules(ledger: Ledger, rules: list[Rule], editor: bool, writes: bool) -> list[ShownRule]:
    for rule in rules:
        rule.ledger = ledger
    known = Known(ledger, rules)
    return [
        ShownRule(
            row=rule,
            when=in_words(ledger, rule.query),
            does=does(rule, known.labels, known.contacts),
            problem=known.problem(rule),
            may=editor or (writes and not rule.needs_editor),
        )
        for rule in rules
    ]


def does(
    rule: Rule, labels: dict[int, Label], contacts: dict[int, Contact]
) -> list[tuple[str, str]]:
    gone = _("deleted")
    found = [(_("label"), str(labels.get(pk, gone))) for pk in rule.adds]
    found += [(_("take the label off"), str(labels.get(pk, gone))) for pk in rule.takes]
    if rule.contact_id:
        found.append((_("contact"), str(contacts.get(rule.contact_id, gone))))
    if rule.type:
        found.append((_("type"), rule.get_type_display()))
    if rule.hides:
        found.append((_("hide"), ""))
    if rule.note:
        found.append(
            (_("add to the note") if rule.appends else _("note"), " ".join(rule.note.split()))
        )
    return found


def preview(rule: Rule, back: str) -> Preview:
    of_rule = plan(rule)
    found = of_rule.first(SHOWN)
    keys = [row["id"] for row in found]
    shown = Presenter(rule.ledger, back)
    rows = {
        row.id: row
        for group in shown.groups(in_order(keys, rule.ledger.reader))
        for row in group.rows
    }
    names = named(rule, found)
    pairs = [(rows[row["id"]], changes(row, names)) for row in found if row["id"] in rows]
    return Preview(of_rule.count(MAX_COUNT + 1), pairs)


type Names = tuple[dict[int, str], dict[int, str]]


def named(rule: Rule, rows: list[dict[str, Any]]) -> Names:
    """The labels and contacts that the rows have or would have."""
    contacts = {
        row[name] for row in rows for name in ("was_contact_id", "new_contact_id") if row.get(name)
    }
    labels = {pk for row in rows for name in ("added", "taken") for pk in row.get(name, ())}
    ledger = rule.ledger
    return (
        {pk: str(each) for pk, each in ledger.labels.in_bulk(labels).items()},
        {pk: str(each) for pk, each in ledger.contacts.in_bulk(contacts).items()},
    )


def changes(row: dict[str, Any], names: Names) -> list[ShownChange]:
    labels, contacts = names
    label = title(KIND, "label")
    found = [ShownChange(label, "", labels.get(pk, "")) for pk in row.get("added", ())]
    found += [ShownChange(label, labels.get(pk, ""), "") for pk in row.get("taken", ())]
    for column, field in FIELDS.items():
        was, new = row.get(f"was_{column}"), row.get(f"new_{column}")
        if was == new:
            continue
        if field == "contact":
            both = contacts.get(was or 0, ""), contacts.get(new or 0, "")
        else:
            both = text(KIND, field, was), text(KIND, field, new)
        found.append(ShownChange(title(KIND, field), *both))
    return found
