"""Every variant by its name. A class is one; its docstring says what was done wrong."""

import re

from diagnosis.app.right import Application
from diagnosis.app.variants import browser, elsewhere, identity, kept, query, snapshots, uncommitted

MODULES = (uncommitted, identity, snapshots, kept, elsewhere, query, browser)


def name_of(variant: type[Application]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", variant.__name__).lower()


def found_in(module) -> list[type[Application]]:
    classes = [each for each in vars(module).values() if isinstance(each, type)]
    return [each for each in classes if each.__module__ == module.__name__ and each.family]


VARIANTS = {name_of(each): each for module in MODULES for each in found_in(module)}


class RightImport(Application):
    """The right application, while rows are imported"""

    look = "import"


class RightWalk(Application):
    """The right application, all its pages one after the other"""

    look = "walk"


class RightBusy(Application):
    """The right application, changed while others read"""

    look = "busy"


class RightLink(Application):
    """The right application in a browser that follows a link"""

    look = "link"


class RightBack(Application):
    """The right application in a browser that goes back"""

    look = "back"


RIGHT = {"right": Application} | {
    name_of(each): each for each in (RightWalk, RightImport, RightBusy, RightLink, RightBack)
}


def find(name: str) -> type[Application]:
    return (RIGHT | VARIANTS)[name]
