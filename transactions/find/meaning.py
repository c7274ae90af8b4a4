"""What the words of a search mean: the filters of the list, by their parameters.

A search is understood as a whole or not at all: what is not known is said, and nothing is left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from contacts.chains import AddressError, normalise
from ledgers.models import Ledger
from transactions.find.days import ends, opposite
from transactions.find.names import called, listed, meant, near
from transactions.find.vocabulary import (
    BOUNDS,
    BUT,
    CHOSEN,
    KINDS,
    NO_LABEL,
    STATES,
    UNLABELLED,
    WORDS,
    canonical,
)
from transactions.find.words import Value, Word, parsed, quote
from transactions.models.transaction import AMOUNT_SCALE
from transactions.note_search import words_only
from transactions.search import searchable_prefix
from txproject.localized import NumberField
from txproject.text import visible

MOST = 50  # values in one search
# An amount as the database may hold it; more digits than that are refused, not sent on.
AMOUNT: dict[str, Any] = {"min_value": 0, "max_digits": 114, "decimal_places": AMOUNT_SCALE}


class Mistake(Exception):
    """What a word cannot mean, as it is said to whoever wrote it."""

    def __init__(self, text: str, word: Word, **more: object) -> None:
        super().__init__(text % {"word": visible(word.said), **more})


def understood(query: Any, ledger: Ledger) -> tuple[Any, list[str]]:
    """The query with the words of its search as parameters, and what is wrong with them; as it was
    if it has no words, or if anything is wrong."""
    search = query.get("q", "") if query else ""
    words = [] if "\0" in search else parsed(search)
    if all(word.is_plain for word in words):
        return query, []
    if sum(len(word.values) for word in words) > MOST:
        return query, [_("it has more than %(n)s words") % {"n": MOST}]
    meaning = Meaning(query, ledger)
    for word in words:
        meaning.take(word)
    return (query, meaning.mistakes) if meaning.mistakes else (meaning.parameters(), [])


class Meaning:
    """What one search says, word by word."""

    def __init__(self, query: QueryDict, ledger: Ledger) -> None:
        self.query, self.ledger = query, ledger
        self.mistakes: list[str] = []
        self.text: list[str] = []
        self.one: dict[str, str] = {}
        self.any_of: dict[str, list[str]] = defaultdict(list)
        self.none_of: dict[str, list[str]] = defaultdict(list)

    def take(self, word: Word) -> None:
        try:
            self.read(word)
        except Mistake as mistake:
            self.mistakes.append(str(mistake))

    def read(self, word: Word) -> None:
        name = canonical(word.name)
        if not word.is_closed:
            raise Mistake(_("a quotation mark is not closed: %(word)s"), word)
        if not name or (name not in WORDS and is_address(word)):
            self.take_text(word)
        elif name not in WORDS:
            raise Mistake("%(sentence)s", word, sentence=unknown(word))
        elif not all(value.text.strip() for value in word.values):
            example = WORDS[name][0]
            raise Mistake(_("%(word)s says nothing; write %(example)s"), word, example=example)
        else:
            READERS[name](self, name, word)

    def take_text(self, word: Word) -> None:
        if not word.text.strip():
            raise Mistake(_("%(word)s says nothing; write %(example)s"), word, example="rent")
        if word.negated:
            self.none_of["q"].append(word.text)
        else:
            self.text.append(word.said)

    def take_names(self, name: str, word: Word) -> None:
        into = self.none_of if word.negated else self.any_of
        into[name] += [self.key(name, value, word) for value in word.values]

    def key(self, kind: str, value: Value, word: Word) -> str:
        if kind == "label" and value.is_none:
            return NO_LABEL
        found, name = called(self.ledger, kind, value.text), visible(value.text)
        if len(found) == 1:
            return found[0][0]
        if found:
            names = listed(each for _key, each in found)
            raise Mistake(_("“%(name)s” may be %(names)s"), word, name=name, names=names)
        sentence = str(KINDS[kind].unknown) % {"name": name}
        sentence = meant(sentence, near(self.ledger, kind, value.text))
        raise Mistake("%(sentence)s", word, sentence=sentence)

    def take_note(self, name: str, word: Word) -> None:
        if not words_only(word.text):
            raise Mistake(_("%(word)s has no letter or digit to look for"), word)
        if word.negated:
            self.none_of[name].append(word.text)
        else:
            self.put(word, **{name: word.text})

    def take_beginning(self, name: str, word: Word) -> None:
        if not searchable_prefix(word.text):
            raise Mistake(_("%(word)s is too short: three characters at least"), word)
        if word.negated:
            self.none_of[name].append(word.text)
        else:
            self.put(word, **{name: word.text})

    def take_days(self, name: str, word: Word) -> None:
        try:
            found = ends(name, word.text)
            found = opposite(*found) if word.negated else found
        except (ValueError, OverflowError):
            example = WORDS[name][0]
            raise Mistake(_("%(word)s is not like %(example)s"), word, example=example) from None
        both: dict[str, date | None] = dict(zip(("since", "until"), found, strict=True))
        self.put(word, **{end: day.isoformat() for end, day in both.items() if day})

    def take_amount(self, _name: str, word: Word) -> None:
        refuse_minus(word)
        text = "".join(word.text.split())
        sign = next((sign for sign in BOUNDS if text.startswith(sign)), "")
        low, range_, high = text.partition("..")
        if sign:
            found = {BOUNDS[sign]: text.removeprefix(sign)}
        else:
            found = {"min": low, "max": high if range_ else low}
        for amount in found.values():
            check_amount(word, amount)
        self.put(word, **found)

    def take_state(self, _name: str, word: Word) -> None:
        for value in word.values:
            state = value.text.lower()
            if state == UNLABELLED:
                (self.none_of if word.negated else self.any_of)["label"].append(NO_LABEL)
            elif state in STATES:
                name, so, not_so = STATES[state]
                self.put(word, **{name: not_so if word.negated else so})
            else:
                refuse_value(word, [*STATES, UNLABELLED])

    def take_choice(self, name: str, word: Word) -> None:
        text = word.text.lower()
        if text not in CHOSEN[name]:
            refuse_value(word, CHOSEN[name])
        if word.negated and name in ("status", "review"):
            (text,) = set(CHOSEN[name]) - {text}
        else:
            refuse_minus(word)
        self.put(word, **{name: text})

    def take_import(self, _name: str, word: Word) -> None:
        refuse_minus(word)
        if not (word.text.isascii() and word.text.isdecimal()):
            raise Mistake(_("%(word)s is no number of an import"), word)
        self.put(word, batch=word.text)

    def put(self, word: Word, **values: str) -> None:
        if values.keys() & self.one.keys():
            raise Mistake(_("%(word)s says something else than a word before it"), word)
        self.one |= values

    def parameters(self) -> QueryDict:
        query = self.query.copy()
        for name in KINDS.keys() & {*self.any_of, *self.none_of}:
            self.choose(query, name)
        for name in self.none_of.keys() - KINDS.keys():
            query.setlist(name + BUT, [*query.getlist(name + BUT), *self.none_of[name]])
        for name, value in (self.one | {"q": " ".join(self.text), "page": ""}).items():
            query.pop(name, None)
            if value:
                query[name] = value
        return query

    def choose(self, query: QueryDict, name: str) -> None:
        """Any of these and none of those, with what is chosen in the menu already. Without the
        first, the second is what the menu says by “is none of”."""
        of_menu, negated = query.getlist(name), query.get(f"{name}_not")
        taken = [*([] if negated else of_menu), *self.any_of[name]]
        left = [*(of_menu if negated else []), *query.getlist(name + BUT), *self.none_of[name]]
        for parameter in (name, f"{name}_not", name + BUT):
            query.pop(parameter, None)
        if left and not taken:
            query[f"{name}_not"] = "1"
            taken, left = left, []
        for parameter, values in ((name, taken), (name + BUT, left)):
            if values:
                query.setlist(parameter, list(dict.fromkeys(values)))


READERS: dict[str, Callable[[Meaning, str, Word], None]] = {
    **dict.fromkeys(KINDS, Meaning.take_names),
    **dict.fromkeys(("address", "hash"), Meaning.take_beginning),
    **dict.fromkeys(("before", "after", "since", "until", "date"), Meaning.take_days),
    **dict.fromkeys(CHOSEN, Meaning.take_choice),
    "note": Meaning.take_note,
    "amount": Meaning.take_amount,
    "is": Meaning.take_state,
    "import": Meaning.take_import,
}


def is_address(word: Word) -> bool:
    """Of a chain whose addresses begin with its name."""
    try:
        return bool(normalise(word.said, strict=False))
    except AddressError:
        return False


def unknown(word: Word) -> str:
    sentence = _("there is no word “%(name)s:”; as text it is written %(quoted)s") % {
        "name": visible(word.name),
        "quoted": visible(quote(word.said)),
    }
    return meant(sentence, [f"{name}:" for name in get_close_matches(word.name[:20], WORDS)])


def check_amount(word: Word, text: str) -> None:
    try:
        NumberField(**AMOUNT).clean(text)
    except ValidationError:
        raise Mistake(_("%(word)s is no amount"), word) from None


def refuse_minus(word: Word) -> None:
    if word.negated:
        raise Mistake(_("%(word)s: a minus has no meaning here"), word)


def refuse_value(word: Word, values: Iterable[str]) -> None:
    raise Mistake(_("%(word)s is not one of %(values)s"), word, values=listed(values))
