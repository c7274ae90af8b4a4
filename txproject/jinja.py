"""Jinja2, for markup of which there is so much that Django's templates take too long."""

from typing import Any

from django.utils.translation import gettext, ngettext
from jinja2 import Environment

from txproject.templatetags.ui import amount, icon
from txproject.text import isolated, visible


def environment(**options: Any) -> Environment:
    made = Environment(  # noqa: S701 (Django escapes: it is among the options)
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        **options,
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {"isolated": isolated, "visible": visible}
    made.globals |= {"icon": icon, "amount": amount}
    return made
