"""What a header that no format has is nearest to, and what is missing or new in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from formats.base import AnyFormat
from formats.parsing.tables import clean_header
from formats.parsing.values import shown

ENOUGH = 0.6  # of the columns that a format needs
NAMED = 6  # new columns

LOOKAROUND = re.compile(r"\(\?<?[!=](?:[^()\\]|\\.)*\)")
ESCAPED = re.compile(r"\\([^\w\s]|\s)")
CLASS = re.compile(r"\[([^\]])[^\]]*\]")
OPTIONAL = re.compile(r"(?:\((?:\?[-a-z]*:)?[^()]*\)|[^()])[?*]")
ANYTHING = re.compile(r"(?:\\\w|\.|\[[^\]]*\])(?:[+*]|\{\d+(?:,\d*)?\})")
GROUP = re.compile(r"\((?:\?[-a-z]*:)?([^()|]*)(?:\|[^()]*)?\)(?![?*])")


@dataclass(frozen=True, slots=True)
class Nearest:
    """A format, with the titles of columns that it needs and does not find, and of those that it
    does not know."""

    format: AnyFormat
    found: int
    missing: list[str]
    new: list[str]

    @property
    def share(self) -> float:
        return self.found / (self.found + len(self.missing))

    @property
    def differences(self) -> str:
        missing = ngettext("%s is missing", "%s are missing", len(self.missing))
        new = ngettext("%s is new", "%s are new", len(self.new))
        found = [(missing, self.missing), (new, self.new)]
        return ", ".join(text % quoted(titles) for text, titles in found if titles)

    def __str__(self) -> str:
        names = {"title": self.format.title, "differences": self.differences}
        return _("It is nearest to “%(title)s”: %(differences)s.") % names


def nearest(formats: Sequence[AnyFormat], cells: Sequence[str]) -> Nearest | None:
    header = clean_header(cells)
    found = (compared(each, header) for each in formats)
    near = [each for each in found if each.missing and each.found > 1 and each.share >= ENOUGH]
    return max(near, key=lambda each: (each.share, each.found), default=None)


def differences(kind: AnyFormat, cells: Sequence[str]) -> str:
    text = compared(kind, clean_header(cells)).differences
    return f"{text}." if text else ""


def compared(kind: AnyFormat, header: Sequence[str]) -> Nearest:
    places = dict(kind.places(header))
    missing = [title_of(pattern) for name, pattern in kind.required.items() if not places[name]]
    taken = {place[0] for place in places.values() if place}
    new = [title for n, title in enumerate(header) if title and n not in taken]
    return Nearest(kind, len(kind.required) - len(missing), missing, new)


def quoted(titles: Sequence[str]) -> str:
    some = [f"“{shown(title)}”" for title in titles[:NAMED]]
    return ", ".join([*some, "…"] if len(titles) > NAMED else some)


def title_of(pattern: str) -> str:
    """A title that the pattern of a column is of, the shortest of the first kind; what may be
    anything in it is “…”."""
    text = LOOKAROUND.sub("", pattern)
    text = ESCAPED.sub(lambda found: chr(0xE000 + ord(found[1])), text)
    text = CLASS.sub(r"\1", ANYTHING.sub("…", text))
    before = ""
    while before != text:
        before = text
        text = GROUP.sub(r"\1", OPTIONAL.sub("", text))
    text = text.partition("|")[0]
    return re.sub("[\ue000-\uf8ff]", lambda found: chr(ord(found[0]) - 0xE000), text)
