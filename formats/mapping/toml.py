"""TOML out of plain values; the standard library only reads it."""

import json
from collections.abc import Mapping
from typing import Any


def written(values: Mapping[str, Any]) -> str:
    """Tables come last, as everything after the name of one is in it."""
    plain = [line(name, value) for name, value in values.items() if not isinstance(value, dict)]
    tables = [table(name, value) for name, value in values.items() if isinstance(value, dict)]
    return "\n".join(filter(None, ["".join(plain), *tables]))


def table(name: str, values: Mapping[str, str]) -> str:
    return f"[{name}]\n" + "".join(line(quoted(key), value) for key, value in values.items())


def line(name: str, value: Any) -> str:
    return f"{name} = {quoted(value)}\n"


def quoted(value: Any) -> str:
    """A string, list of strings or truth value is written as in JSON, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
