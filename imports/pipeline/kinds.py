"""Which formats a file of a ledger can have: those that are written, and its mappings."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from formats import FORMATS, AnyFormat
from formats.detection import UnknownFormat, detect, named
from formats.mapping import BadMapping, Mapped, Mapping, format_name, format_of
from formats.mapping.fields import NAME_LENGTH
from formats.parsing.files import TextFile
from formats.parsing.records import Hint, ImportFailed
from formats.parsing.tables import Table
from imports.models import FormatMapping
from ledgers.models import Ledger

LONGEST_TOML = 1 << 17  # bytes


def detected(
    file: TextFile, ledger: Ledger, name: str, mapping: Mapping | None = None
) -> tuple[AnyFormat, Table]:
    """As `detect`; if no format is known, a mapping would mend it."""
    if mapping:
        return by_mapping(file, mapping)
    try:
        return detect(file, name, [*FORMATS, *mapped(ledger, name)])
    except UnknownFormat as error:
        raise UnknownFormat(str(error), *error.hints, Hint("mapping", {"FILE.toml": ""})) from None


def by_mapping(file: TextFile, mapping: Mapping) -> tuple[AnyFormat, Table]:
    kind = format_of(mapping)
    try:
        return detect(file, kind.name, [kind])
    except UnknownFormat as error:
        raise UnknownFormat(str(error)) from None


def mapped(ledger: Ledger, chosen: str = "") -> Iterator[AnyFormat]:
    """One that is chosen needs only the columns that it reads, others their whole header."""
    for row in ledger.mappings.all():
        mapping = mapping_of(row)
        is_chosen = format_name(row.name) == chosen
        yield format_of(replace(mapping, header=()) if is_chosen else mapping)


def mapping_of(row: FormatMapping) -> Mapping:
    return Mapping.of(row.mapping | {"name": row.name})


def kind_of(found: dict[str, Any]) -> AnyFormat:
    """The format of a file that was checked, as it was then."""
    mapping = mapping_in(found)
    return format_of(mapping) if mapping else named(found["format"])


def mapping_in(found: dict[str, Any]) -> Mapping | None:
    return Mapping.of(found["mapping"]) if found.get("mapping") else None


def mapping_by(kind: AnyFormat) -> dict[str, Any] | None:
    """What `mapping_in` finds again."""
    return kind.mapping.as_dict() if issubclass(kind, Mapped) else None


def find_mapping(ledger: Ledger, name: str) -> Mapping:
    """A file of TOML, or one that the ledger has, of which only the columns that it reads are
    needed."""
    if name.lower().endswith(".toml"):
        mapping = mapping_from(Path(name))
    else:
        mapping = saved_mapping(ledger, name)
    return replace(mapping, header=())


def saved_mapping(ledger: Ledger, name: str) -> Mapping:
    row = ledger.mappings.filter(name__iexact=name.strip()).first()
    if row is None:
        message = _("There is no mapping “%(name)s” in “%(ledger)s”.")
        names = dict.fromkeys(ledger.mappings.values_list("name", flat=True), "")
        hint = Hint("mapping", names or {"FILE.toml": ""})
        raise ImportFailed(message % {"name": name, "ledger": ledger.slug}, hint)
    return mapping_of(row)


def mapping_from(path: Path) -> Mapping:
    try:
        with path.open("rb") as file:
            mapping = mapping_in_toml(file.read(LONGEST_TOML + 1))
    except OSError as error:
        names = {"path": path, "reason": error.strerror}
        raise ImportFailed(_("%(path)s: %(reason)s") % names) from None
    except BadMapping as error:
        raise ImportFailed(f"{path}: {error}") from None
    return mapping if mapping.name else replace(mapping, name=path.stem[:NAME_LENGTH])


def mapping_in_toml(content: bytes) -> Mapping:
    if len(content) > LONGEST_TOML:
        raise BadMapping("", _("this is too long to be a mapping"))
    try:
        return Mapping.from_toml(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadMapping("", _("this is not TOML: it is not UTF-8")) from None
