"""Jinja2, for markup of which there is so much that Django's templates take too long."""

import re
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext
from jinja2 import Environment
from jinja2.ext import Extension

from txproject.localized import thousands
from txproject.templatetags.ui import amount, icon
from txproject.text import isolated, symbol, visible


class Compact(Extension):
    """Without the indentation, which is for whoever reads the template; line breaks stay."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"\n\s+", "\n", source)


def environment(**options: Any) -> Environment:
    made = Environment(  # noqa: S701 (Django escapes: it is among the options)
        trim_blocks=True,
        extensions=["jinja2.ext.i18n", Compact],
        **options,
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext
    )
    made.filters |= {
        "isolated": isolated,
        "symbol": symbol,
        "thousands": thousands,
        "visible": visible,
    }
    made.globals |= {"icon": icon, "amount": amount, "url": reverse}
    return made
