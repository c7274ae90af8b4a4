"""One line of a part, field by field. Whatever is not as it should be is named with its file, its
line and its field."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from contacts.chains import AddressError, ChainAddress, normalise
from formats.parsing.json_lines import is_text, object_of
from formats.parsing.records import ImportFailed
from formats.parsing.values import shown

MOST = 1 << 31  # of a count


class Fields:
    """ImportFailed where the line is no object with exactly these names, or with `more`."""

    def __init__(
        self, file: str, line: int, text: str, names: Sequence[str], more: bool = False
    ) -> None:
        self.file, self.line = file, line
        try:
            self.values = object_of(text, numbers=True)
        except ValueError as error:
            self.refuse("", _("this is not JSON: %s") % error)
        self.expect(names, more)

    def expect(self, names: Sequence[str], more: bool = False) -> None:
        if missing := [name for name in names if name not in self.values]:
            self.refuse(missing[0], _("the field is missing"))
        if (unknown := self.values.keys() - set(names)) and not more:
            message = _("the field is not known here: was it written by a newer version?")
            self.refuse(min(unknown), message)

    def refuse(self, name: str, reason: str) -> NoReturn:
        place = _("%(file)s, line %(line)d") % {"file": self.file, "line": self.line}
        raise ImportFailed(": ".join(filter(None, [place, shown(name), reason])))

    def text(self, name: str, most: int | None = None, empty: bool = True) -> str:
        """With at most so many characters."""
        value = self.values[name]
        if not isinstance(value, str) or not is_text(value):
            self.refuse(name, _("this is no text"))
        if most is not None and len(value) > most:
            message = _("it has %(length)d characters, at most %(limit)d are kept")
            self.refuse(name, message % {"length": len(value), "limit": most})
        if not (value or empty):
            self.refuse(name, _("it is empty"))
        return value

    def optional(self, name: str, most: int) -> str:
        """Empty for null."""
        return "" if self.values[name] is None else self.text(name, most)

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        value = self.text(name)
        if value not in choices:
            message = _("“%(text)s” is none of %(choices)s")
            self.refuse(name, message % {"text": shown(value), "choices": ", ".join(choices)})
        return value

    def flag(self, name: str) -> bool:
        value = self.values[name]
        if not isinstance(value, bool):
            self.refuse(name, _("this is neither true nor false"))
        return value

    def count(self, name: str, most: int = MOST) -> int:
        value = self.values[name]
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < most:
            self.refuse(name, _("this is no count"))
        return value

    def number(self, name: str) -> float | None:
        value = self.values[name]
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            self.refuse(name, _("this is no number"))
        return value

    def address(self) -> ChainAddress:
        try:
            return normalise(self.text("address"), self.text("chain"), strict=False)
        except AddressError as error:
            self.refuse("address", str(error))

    def moment(self, name: str) -> datetime:
        try:
            found = datetime.fromisoformat(self.text(name)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.refuse(name, _("this is no time such as 2024-01-31T14:05:00+00:00"))
        return found

    def optional_moment(self, name: str) -> datetime | None:
        return None if self.values[name] is None else self.moment(name)

    def names(self, name: str) -> list[str]:
        found = self.values[name]
        if not isinstance(found, list) or not all(map(is_word, found)):
            self.refuse(name, _("this is no list of names"))
        return found

    def json(self, name: str, kind: type) -> Any:
        """Of any content that the database can keep."""
        value = self.values[name]
        text = json.dumps(value, ensure_ascii=False)
        if not isinstance(value, kind) or not is_text(text) or "\\u0000" in text:
            self.refuse(name, _("this is not what stands here"))
        return value


def is_word(value: Any) -> bool:
    return isinstance(value, str) and is_text(value)
