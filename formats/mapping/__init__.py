"""Tables that no reader knows, read as a person says: on a page, or in a file as TOML."""

from formats.mapping.reader import FAMILY, PREFIX, Mapped, format_name, format_of, numbered
from formats.mapping.settings import BadMapping, Mapping

__all__ = [
    "FAMILY",
    "PREFIX",
    "BadMapping",
    "Mapped",
    "Mapping",
    "format_name",
    "format_of",
    "numbered",
]
