"""What somebody has written down of his own application, read from a file.

Whatever is not an answer to the question that it stands at is refused, in one sentence: a wrong
answer would give a wrong verdict. "unknown", or null, is an answer to each.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

UNKNOWN = "unknown"
type Check = Callable[[Any, str], Any]


class Malformed(Exception):
    """One sentence, that says what to do."""


def read(path: Path) -> dict[str, Any]:
    """None stands for what is unknown."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Malformed(f"It cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Malformed("It is not UTF-8: save it as UTF-8.") from error
    found: dict[str, Any] = ANSWERS(parsed(text), "")
    return found


def parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=once, parse_int=float)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"It is not JSON at {where}: {error.msg}.") from error
    except RecursionError as error:
        raise Malformed("It is nested too deeply to hold answers.") from error


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"{said(twice)} is there twice: keep the one that is right.")
    return found


def refused(value: Any, where: str, wanted: str) -> Malformed:
    return Malformed(f"{where or 'The file'}: {said(value)} is no answer here, write {wanted}.")


def said(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    short = text if len(text) <= 40 else text[:39] + "…"
    return short.encode("utf-8", "backslashreplace").decode()


def answer(wanted: str, is_one: Callable[[Any], bool]) -> Check:
    def check(value: Any, where: str) -> Any:
        if value in (None, UNKNOWN):
            return None
        if not is_one(value):
            raise refused(value, where, f'{wanted} or "{UNKNOWN}"')
        return value

    return check


def words(*known: str) -> Check:
    quoted = ", ".join(f'"{word}"' for word in known)
    return answer(quoted, lambda value: value in known)


def fields(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    known = required | (optional or {})

    def check(value: Any, where: str) -> Any:
        if value in (None, UNKNOWN) and where:
            return None
        if not isinstance(value, dict):
            raise refused(value, where, "{" + ", ".join(f'"{name}": …' for name in known) + "}")
        for name in required.keys() - value.keys():
            raise Malformed(f'{where}: "{name}" is missing, write "{UNKNOWN}" if it is not known.')
        for name in value.keys() - known.keys():
            there = ", ".join(known)
            raise Malformed(f"{where or 'The file'}: {said(name)} is none of {there}.")
        return {name: known[name](each, inside(where, name)) for name, each in value.items()}

    return check


def every(check: Check) -> Check:
    def check_all(value: Any, where: str) -> Any:
        if value in (None, UNKNOWN):
            return None
        if not isinstance(value, list):
            raise refused(value, where, "a list, [] if there is none,")
        return [check(each, f"{where}, {n}") for n, each in enumerate(value, 1)]

    return check_all


def inside(where: str, name: str) -> str:
    return f"{where}, {name}" if where else name


def page(value: Any, where: str) -> Any:
    return PAGE(value, where) or {"row": None}


YES_OR_NO = answer("true, false", lambda value: isinstance(value, bool))
NUMBER = answer("a number", lambda value: isinstance(value, float) and 0 <= value < math.inf)
TEXT = answer("text", lambda value: isinstance(value, str))
SHOWN, VALUE = words("new", "old"), words("new", "old", "both", "")
PLACE = fields(
    {
        "shown": SHOWN,
        "connection": words("new", "old", "both", "ended", ""),
        "fresh": VALUE,
        "orm": VALUE,
    }
)
PAGE = fields(
    {"row": PLACE}, {"choice": PLACE, "times": NUMBER, "selects": NUMBER, "session": TEXT}
)
ANSWERS = fields(
    {},
    {
        "committed": fields({"at once": YES_OR_NO, "after 1 s": YES_OR_NO}),
        "idle": every(fields({"wrote": YES_OR_NO}, {"last": TEXT})),
        "later": YES_OR_NO,
        "pages": every(page),
        "past": every(page),
        "browser": fields({}, {"link": SHOWN, "back": SHOWN}),
        "busy": fields({"lost": NUMBER}, {"refused": NUMBER}),
        "walk": fields({"wrong": NUMBER}),
        "import": fields({"disagree": NUMBER}),
        "answer": NUMBER,
    },
)
