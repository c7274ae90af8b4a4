"""Every format that can be read: a file of `readers` each, found by being there."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from operator import attrgetter
from typing import TypeGuard

from formats import readers
from formats.base import AnyFormat, Format, LineFormat


def _found() -> Iterator[AnyFormat]:
    for module in pkgutil.iter_modules(readers.__path__, f"{readers.__name__}."):
        for each in vars(import_module(module.name)).values():
            # What has no name is what several formats have in common.
            if is_format(each) and each.__module__ == module.name:
                yield each


def is_format(each: object) -> TypeGuard[AnyFormat]:
    return isinstance(each, type) and issubclass(each, Format) and "name" in vars(each)


FORMATS: tuple[AnyFormat, ...] = tuple(sorted(_found(), key=attrgetter("name")))

__all__ = ["FORMATS", "AnyFormat", "Format", "LineFormat"]
