"""What a person may mean who types a few words, an address or a hash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.lookups import Overlap
from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Exists,
    Expression,
    F,
    ForeignKey,
    Func,
    Lookup,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)

from contacts.models import Address, Contact
from ledgers.models import Ledger
from transactions.models import (
    Label,
    SpamMark,
    SpamRow,
    Transaction,
    TransactionLabel,
    TransferPair,
)
from transactions.note_search import NOTHING, WordsInNotes, words_in_notes
from txproject.prepared import IsAnyOf, Parameter, Prepared
from txproject.prepared import keys as some_keys

# An address or hash is searched from its beginning; shorter beginnings would match everything.
SHORTEST_BEGINNING = 3
FEW = 10_000
SOME = 1_000  # pairs
# Keys that are found and sent sooner than PostgreSQL plans with them.
MOST_SENT = 1_000
# Rows that are read and tried sooner than an index finds those with a frequent word.
RARE = 3_000


def any_of(field: str, values: Iterable[Any]) -> Q:
    return Q(**{f"{field}__in": list(values)})


def keys_among(values: Iterable[str]) -> list[str]:
    """Those that can be the key of a row."""
    return [value for value in values if value.isdecimal() and len(value) < 19]


def keys(things: QuerySet[Any]) -> list[int]:
    return list(things.values_list("pk", flat=True))


class Found(NamedTuple):
    """The number of rows, FEW + 1 standing for more than FEW; the keys of a few, the latest
    first."""

    number: int
    keys: list[int] | None


MANY = Found(FEW + 1, None)
# More are not sent: only their number is of use.
FOUND = """
    SELECT count(*), CASE WHEN count(*) <= %s THEN
        coalesce(array_agg(pk ORDER BY occurred_at DESC, pk DESC), '{}') END
    FROM (
"""


def found_in(parts: Iterable[QuerySet[Any]]) -> Found:
    """Rows in any of the parts, each of which has an index.

    PostgreSQL would go through the whole ledger for rows that fit one condition or another.
    """
    first, *others = (part.order_by().values_list("occurred_at", "pk")[: FEW + 1] for part in parts)
    rows = first.union(*others)[: FEW + 1] if others else first
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return Found(0, [])
    with connection.cursor() as cursor:
        cursor.execute(f"{FOUND} {sql}) AS found", (FEW, *params))
        return Found(*cursor.fetchone())


COUNT = "(SELECT count(*) FROM ({} LIMIT {}) AS found)"
type KeysSQL = tuple[str, tuple[Any, ...]]


def keys_sql(rows: QuerySet[Any]) -> KeysSQL:
    """SQL of their keys as `pk`, and its values; also where Django knows that there are none, and
    has no SQL for them."""
    try:
        sql, params = rows.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "SELECT NULL::bigint AS pk WHERE false", ()
    return sql, tuple(params)


def together(parts: Iterable[QuerySet[Any]], *fields: str) -> QuerySet[Any]:
    """The fields of all of them, or their keys; of those in several as often: PostgreSQL takes as
    long to tell rows apart as to read them."""
    first, *others = (part.order_by().values(*(fields or ["pk"])) for part in parts)
    return first.union(*others, all=True) if others else first


def numbers_of(several: Iterable[KeysSQL], most: int) -> list[int]:
    """The number of rows of each, or one more than `most`: count() takes Django as long as
    PostgreSQL."""
    found = list(several)
    if not found:
        return []
    counts = ", ".join(COUNT.format(sql, most + 1) for sql, _params in found)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [each for _sql, params in found for each in params])
        return list(cursor.fetchone())


def number_of(rows: QuerySet[Any], most: int) -> int:
    return numbers_of([keys_sql(rows.order_by())], most)[0]


def are_many(rows: QuerySet[Any]) -> bool:
    return number_of(rows, FEW) > FEW


def planned(several: Iterable[KeysSQL], what: str) -> list[float]:
    """What PostgreSQL expects of each, asked for at once."""
    found = list(several)
    if not found:
        return []
    arrays = ", ".join(f"ARRAY({sql})" for sql, _params in found)
    with connection.cursor() as cursor:
        params = [each for _sql, params in found for each in params]
        cursor.execute(f"EXPLAIN (FORMAT json) SELECT {arrays}", params)
        plan = cursor.fetchone()[0][0]["Plan"]
    return [each[what] for each in plan["Plans"]]


def expected_costs(several: Iterable[KeysSQL]) -> list[float]:
    """Of reading all rows of each, in PostgreSQL's own unit."""
    return planned(several, "Total Cost")


def expected_numbers(several: Iterable[KeysSQL]) -> list[float]:
    """How many rows there are of each."""
    return planned(several, "Plan Rows")


@dataclass(frozen=True)
class Keys:
    """As PostgreSQL writes them, with commas. Django and psycopg take longer to go through a list
    of thousands than PostgreSQL to find them."""

    written: str


@ForeignKey.register_lookup
class Among(Lookup):
    """As one parameter: one placeholder for each of two hundred takes longer to write down than
    most statements take. An index has the rows of a single one in its order."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if not (keys := self.rhs.written):
            raise EmptyResultSet
        sql, params = self.process_lhs(compiler, connection)
        if "," not in keys:
            return f"{sql} = %s", (*params, int(keys))
        return f"{sql} = ANY(%s::bigint[])", (*params, f"{{{keys}}}")


def with_keys(pks: Iterable[int], field: str = "") -> Q:
    """The rows' own keys, or those in a field. Django leaves out what has none in a field where
    they are excluded; rows have a key."""
    keys = Keys(",".join(map(str, pks)))
    return Q(**{f"{field}__among": keys}) if field else Q(Among(F("pk"), keys))


def few_of[T](found: QuerySet[Any, T], times: int = 1) -> list[T] | None:
    """All; None where there are too many to be sent. `times` as many are, where keys alone have an
    index: in an OR."""
    most = times * MOST_SENT
    few = list(found[: most + 1])
    return few if len(few) <= most else None


def at_any(several: Iterable[QuerySet[Address]], fields: Iterable[str]) -> list[Q]:
    """Rows with one of the addresses in a field, in parts that an index each has."""
    found = [(each, few_of(each.values_list("pk", flat=True))) for each in several]
    few = [pk for _each, pks in found for pk in pks or ()]
    many = [each for each, pks in found if pks is None]
    parts = []
    for field in fields:
        parts += [with_keys(few, field)] if few else []
        parts += [is_among(each, field) for each in many]
    return parts


def has_exists(condition: Q) -> bool:
    return any(
        has_exists(each) if isinstance(each, Q) else isinstance(each, Exists)
        for each in condition.children
    )


def is_among(things: QuerySet[Any], field: str) -> Q:
    return Q(Exists(things.order_by().filter(pk=OuterRef(field))))


class Meaning(NamedTuple):
    """What a person may mean by a text: names of something, labels, words in notes."""

    named: list[Q]
    labels: list[int]
    # None where the text has no word.
    in_notes: WordsInNotes | None

    @property
    def names_many(self) -> bool:
        """Whether it names more addresses or contacts than are sent."""
        return any(map(has_exists, self.named))

    @property
    def of_labels(self) -> QuerySet[TransactionLabel]:
        """Which rows have the labels, at any time."""
        return TransactionLabel.objects.filter(with_keys(self.labels, "label"))

    @property
    def without_words(self) -> list[Q]:
        return [*self.named, *([labelled(self.labels)] if self.labels else [])]

    @property
    def parts(self) -> list[Q]:
        """Each found by an index of its own."""
        in_notes = [self.in_notes.condition] if self.in_notes else []
        return [*self.without_words, *in_notes] or [NOTHING]

    @property
    def met(self) -> Q:
        """For rows that are gone through in their order until a page is full: without the index of
        notes, which would have all of them read first."""
        in_notes = [self.in_notes.tried] if self.in_notes else []
        return reduce(or_, [*self.without_words, *in_notes] or [NOTHING])


def naming(model: Any, most: int | None = None) -> Prepared:
    """The keys of things with a text in their name."""
    found = {"ledger": Parameter("ledger"), "name__icontains": Parameter("text", TextField())}
    return Prepared(lambda: model.objects.filter(**found).order_by().values_list("pk")[:most])


CONTACTS, LABELS = naming(Contact, MOST_SENT + 1), naming(Label)


def labels_named(ledger: Ledger, text: str) -> list[int]:
    return [pk for (pk,) in LABELS(ledger=ledger.pk, text=text)]


def meaning(ledger: Ledger, text: str, unlabelled: bool = False) -> Meaning:
    """Where only rows without a label are asked for, no label's name is among it."""
    contacts = [pk for (pk,) in CONTACTS(ledger=ledger.pk, text=text)]
    if len(contacts) > MOST_SENT:
        of_contacts = Q(contact__name__icontains=text)
        contact = [is_among(ledger.contacts.filter(name__icontains=text), "contact")]
    else:
        of_contacts = with_keys(contacts, "contact")
        contact = [of_contacts] if contacts else []
    several = [ledger.addresses.filter(of_contacts), addresses(ledger, text)]
    named = [*at_any(several, ("counterparty", "own_address")), *contact]
    if searchable_prefix(text):
        named.append(Q(group_key__istartswith=text))
    labels = [] if unlabelled else labels_named(ledger, text)
    in_notes = words_in_notes(ledger, text)
    return Meaning(named, labels, in_notes if in_notes.words else None)


class LabelsOfRow(Func):
    """The keys of a row's labels. Django takes longer to make a subquery of a model into SQL than
    PostgreSQL to try hundreds of rows."""

    template = """ARRAY(
        SELECT of_row.label_id FROM transactions_transactionlabel AS of_row
        WHERE of_row.transaction_id = %(expressions)s
    )"""
    output_field = ArrayField(BigIntegerField())


class Labelled(Exists):
    """With one of the labels.

    EXISTS, because PostgreSQL reads all of a long NOT IN (SELECT …) again for every row. Without
    the ledger, which the label implies: PostgreSQL would expect next to nothing of both.
    """

    def __init__(self, labels: list[Any]) -> None:
        chosen = [int(label) for label in labels]
        of_row = Q(transaction=OuterRef("pk"))
        super().__init__(TransactionLabel.objects.filter(of_row, with_keys(chosen, "label")))
        wanted = Value(chosen, ArrayField(BigIntegerField()))
        self.for_row = Overlap(LabelsOfRow("pk"), wanted)


def labelled(labels: list[Any]) -> Q:
    return Q(Labelled(labels))


def many_with_label(ledger: Ledger, label: Any) -> bool:
    """Whether the list has more than a few with it. By the labels, without what is not listed:
    PostgreSQL would look each of them up, or go through the ledger."""
    found = TransactionLabel.objects.filter(label=label)
    of_ledger = Transaction.objects.filter(ledger=ledger, pk=OuterRef("transaction"))
    for unlisted in (Q(hidden=True), Q(deleted_at__isnull=False)):
        found = found.filter(~Exists(of_ledger.filter(unlisted)))
    return are_many(found)


def among_labelled(labels: Iterable[Any]) -> Q:
    """As labelled(), for who goes through thousands of rows: PostgreSQL reads all that have the
    labels once, instead of looking for each row."""
    with_them = TransactionLabel.objects.filter(any_of("label", labels)).values("transaction")
    return tried(Q(pk__in=with_them))


class Alone(Expression):
    """What PostgreSQL neither joins nor finds by an index: it is evaluated on each row.

    Its SQL is made once, in however many queries it stands that begin with the same one.
    """

    template = "CASE WHEN {} THEN true ELSE false END"
    is_resolved = False
    made: tuple[str, tuple[Any, ...]] | None = None

    def __init__(self, condition: Q) -> None:
        super().__init__(output_field=BooleanField())
        self.condition: Any = condition

    def get_source_expressions(self) -> list[Any]:
        return [self.condition]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        [self.condition], self.made = exprs, None

    def resolve_expression(self, *args: Any, **kwargs: Any) -> "Alone":
        # Lookups resolve it again each time that SQL is made. So no row of an outer query can be
        # referred to in it, but by a subquery of its own.
        if self.is_resolved:
            return self
        resolved: Alone = super().resolve_expression(*args, **kwargs)
        resolved.is_resolved = True
        return resolved

    def copy(self) -> "Alone":
        """It may stand in a query with other names of tables."""
        copied = super().copy()
        copied.made = None
        return copied

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if self.made is None:
            self.made = self.make(compiler)
        return self.made

    def make(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        try:
            sql, params = compiler.compile(self.condition)
        except EmptyResultSet:
            return "false", ()
        except FullResultSet:
            return "true", ()
        return self.template.format(sql), tuple(params)


def alone(condition: Q) -> Q:
    return Q(Alone(condition))


def tried(condition: Q) -> Q:
    """For who goes through rows in their order: nothing is read for it but what is of the row."""
    return alone(for_row(condition))


def for_row(condition: Q) -> Q:
    """EXISTS as what PostgreSQL looks for with each row: it cannot read all that have it first."""
    parts = [for_row(part) if isinstance(part, Q) else of_row(part) for part in condition.children]
    return Q.create(parts, connector=condition.connector, negated=condition.negated)


def of_row(part: Any) -> Any:
    if isinstance(part, Labelled):
        return part.for_row  # with one look, however many labels
    if not isinstance(part, Exists):
        return part
    found = part.copy()
    found.template = "((%(subquery)s) IS NOT NULL)"
    return found


def unlabelled() -> Q:
    return ~Q(Exists(TransactionLabel.objects.filter(transaction=OuterRef("pk"))))


def searchable_prefix(text: str) -> str:
    """The part of an address or hash that tells it from others, or nothing."""
    return text if len(text.lower().removeprefix("0x")) >= SHORTEST_BEGINNING else ""


def addresses(ledger: Ledger, text: str) -> QuerySet[Address]:
    """In any case, whole or from the beginning."""
    start = searchable_prefix(text)
    return (
        ledger.addresses.filter(normalised__istartswith=start) if start else Address.objects.none()
    )


def with_reference(text: str) -> Q:
    """A hash, or what a source calls it; whole or from the beginning."""
    return Q(group_key__istartswith=text) if searchable_prefix(text) else NOTHING


@Prepared
def first_mark_of_ledger() -> "QuerySet[SpamMark, Any]":
    return SpamMark.objects.filter(ledger=Parameter("ledger")).values_list("pk")[:1]


def has_spam(ledger: Ledger) -> bool:
    return any(first_mark_of_ledger(ledger=ledger.pk))


def hidden_as_spam() -> Q:
    return Q(Exists(SpamRow.objects.filter(transaction=OuterRef("pk"))))


TYPES = Parameter("types", ArrayField(TextField()))


def pairs_with(most: int) -> Prepared:
    """Transfers that stand of which one end has one of the types. Its SQL stays as it was made
    first, so what it is limited to is given once."""
    types = Q(IsAnyOf("sent__type", TYPES)) | Q(IsAnyOf("received__type", TYPES))
    found = ("sent", "received", "sent__type", "received__type")

    def build() -> "QuerySet[TransferPair, Any]":
        pairs = TransferPair.objects.standing().filter(types, ledger=Parameter("ledger"))
        return pairs.values_list(*found)[:most]

    return Prepared(build)


PAIRS_OF_TYPES = pairs_with(SOME + 1)


@Prepared
def pairs_of_received() -> "QuerySet[TransferPair, Any]":
    pairs = TransferPair.objects.standing().filter(ledger=Parameter("ledger"))
    return pairs.filter(IsAnyOf("received", some_keys("keys"))).values_list("sent", "received")


class Ends(NamedTuple):
    """Of a transfer: the keys of what was sent and received, and the types of both rows."""

    sent: int
    received: int
    types: frozenset[str]


def pairs_of_types(ledger: Ledger, types: Iterable[str]) -> list[Ends] | None:
    """Every transfer of which one end has one of the types, if they are few."""
    found = PAIRS_OF_TYPES(ledger=ledger.pk, types=list(types))
    pairs = [Ends(sent, received, frozenset(of)) for sent, received, *of in found]
    return pairs if len(pairs) <= SOME else None


def in_a_transfer(ledger: Ledger, few: list[Ends] | None) -> Q:
    """Both ends of every transfer.

    Few are named by their keys. Of more, all are read once: PostgreSQL expects next to none of them
    to stand, and would go through all of them for every row if it were asked for EXISTS.
    """
    if few is not None:
        return with_keys(sorted({pk for pair in few for pk in (pair.sent, pair.received)}))
    pairs = TransferPair.objects.standing().filter(ledger=ledger)
    return Q(pk__in=pairs.values("sent")) | Q(pk__in=pairs.values("received"))


def once(ledger: Ledger, rows: QuerySet[Transaction]) -> Q:
    """Without what was received where what was sent is among the rows too. PostgreSQL expects
    hardly any pair to stand, and would look for all of the rows first; it may read all pairs."""
    pairs = TransferPair.objects.standing().filter(ledger=ledger)
    fits = Exists(rows.order_by().filter(pk=OuterRef("sent")))
    return alone(~Q(Exists(pairs.filter(tried(Q(fits)), received=OuterRef("pk")))))
