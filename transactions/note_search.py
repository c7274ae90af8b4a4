"""Notes with words, or with words that begin so: as an index finds them, and as a row is tried."""

from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.functions import Cast, Lower, StrIndex
from django.db.models.lookups import GreaterThan

from ledgers.models import Ledger
from transactions.models.transaction import note_words

NOTHING = Q(pk__in=[])
# The index has no empty ones.
NOTED = ~Q(note="")
# Of the beginning of a word.
COMPLETIONS = 20
# Words of months that are asked for at once.
MOST_ASKED = 400
# After all that begins so.
LAST = "\U0010ffff"
# In the order of the words that are searched; NULL where PostgreSQL takes one for several.
COMPLETED = """
    SELECT CASE WHEN numnode(wanted) = 1 THEN ARRAY(
        SELECT DISTINCT word FROM transactions_noteword
        WHERE ledger_id = %s AND word >= start AND word < start || %s LIMIT %s
    ) END
    FROM unnest(%s::text[]) WITH ORDINALITY AS said (text, n),
        to_tsquery('simple', quote_literal(text)) AS wanted,
        btrim(wanted::text, $$'$$) AS start
    ORDER BY n
"""


class Matches(Func):
    arg_joiner = " @@ "
    template = "(%(expressions)s)"
    output_field = BooleanField()


def words_only(text: str) -> str:
    """Words only: what is left means nothing to the syntax of a text search."""
    return "".join(c if c.isalnum() else " " for c in text).strip()


def in_any_ledger(words: list[str]) -> Q:
    return has_words(query_of(words)) if words else NOTHING


def has_words(query: Any) -> Q:
    """Found by the index of notes; on a row of another one, empty notes are told first."""
    return NOTED & Q(Matches(note_words(), query))


def query_of(words: list[str], whole: bool = False) -> SearchQuery:
    wanted = " & ".join(f"'{word}'" if whole else f"'{word}':*" for word in words)
    return SearchQuery(wanted, config="simple", search_type="raw")


def words_in_notes(ledger: Ledger, text: str) -> "WordsInNotes":
    words = words_only(text).split()
    return WordsInNotes(ledger.pk, words, completed(ledger, words) if words else [])


@dataclass(frozen=True)
class WordsInNotes:
    """Of a ledger: `words` that its notes have to have, each or one that begins so; `completed` are
    all words of its notes that begin like each of them, None where those are too many."""

    ledger: int
    words: list[str]
    completed: list[list[str]] | None

    @property
    def found(self) -> bool:
        """Whether notes may have them: not where there is no word, or none that begins so."""
        return bool(self.words) and (self.completed is None or all(self.completed))

    @property
    def condition(self) -> Q:
        """Found by their index. All words that begin so are found in a third of the time that their
        beginning takes."""
        if self.completed is None:
            return has_words(self.with_ledger(query_of(self.words)))
        if not self.found:
            return NOTHING
        return has_words(tsquery(self.every(f"={self.ledger}=")))

    @property
    def whole(self) -> Q:
        """The very words: found much sooner than all that begin so."""
        return has_words(self.with_ledger(query_of(self.words, whole=True)))

    def with_ledger(self, query: SearchQuery) -> Func:
        """The ledger before each word, as note_words() has it."""
        each = (Value("'([^']+)'"), Value(rf"'={self.ledger}=\1'"), Value("g"))
        replaced = (Cast(query, TextField()), *each)
        return Func(*replaced, template="regexp_replace(%(expressions)s)::tsquery")

    def in_month(self, month: int) -> str:
        """The same of the rows of a month alone."""
        return self.every(f"={self.ledger}@{month}=")

    def in_months(self, months: list[int]) -> Q | None:
        """None where those are too many words to ask for."""
        if self.completed is None or len(months) * sum(map(len, self.completed)) > MOST_ASKED:
            return None
        if not months or not self.found:
            return NOTHING
        return has_words(tsquery(" | ".join(map(self.in_month, months))))

    def every(self, prefix: str) -> str:
        """Each word, or one of those that it begins."""
        return " & ".join(
            f"({any_of_them})"
            for any_of_them in (
                " | ".join(lexeme(prefix + word) for word in each) for each in self.completed or ()
            )
        )

    @property
    def tried(self) -> Q:
        """On a note that has been read: no index has it. Most notes are told sooner by their
        letters, made small as a text search makes them."""
        places = (StrIndex(Lower("note"), Lower(Value(word))) for word in self.words)
        letters = reduce(and_, (Q(GreaterThan(place, 0)) for place in places), Q())
        return letters & Q(Matches(SearchVector("note", config="simple"), query_of(self.words)))


def completed(ledger: Ledger, words: list[str]) -> list[list[str]] | None:
    """For each of the words all words of the ledger's notes that begin so; None where they are too
    many to ask for each."""
    with connection.cursor() as cursor:
        cursor.execute(COMPLETED, [ledger.pk, LAST, COMPLETIONS + 1, words])
        each = [found for (found,) in cursor.fetchall()]
    few = all(found is not None and len(found) <= COMPLETIONS for found in each)
    return each if few else None


def month_of(at: datetime) -> int:
    """As transaction_note_words() numbers them."""
    utc = at.astimezone(UTC)
    return utc.year * 12 + utc.month


def begin_of(month: int) -> datetime:
    """The last moment that there is, of the month after the last one."""
    year, before = divmod(month - 1, 12)
    if year > MAXYEAR:
        return datetime.max.replace(tzinfo=UTC)
    return datetime(year, before + 1, 1, tzinfo=UTC)


def tsquery(text: str) -> Func:
    return Func(Value(text, TextField()), template="%(expressions)s::tsquery")


def lexeme(word: str) -> str:
    return "'{}'".format(word.replace("\\", r"\\").replace("'", "''"))
