"""Jinja2, for markup of which there is so much that Django's templates take too long."""

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import Any, cast

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import get_language, gettext, ngettext, pgettext
from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup

from txproject.http import path_of
from txproject.localized import thousands
from txproject.storage import StaticStorage
from txproject.templatetags.ui import amount, icon
from txproject.text import isolated, symbol, visible


class Compact(Extension):
    """Without the indentation, which is for whoever reads the template; line breaks stay."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"\n\s+", "\n", source)


@cache
def wording(language: str | None, text: str) -> Markup:
    return Markup(gettext(text))  # noqa: S704 (texts and their translations are ours)


@cache
def wording_alone(language: str | None, text: str) -> Markup:
    return wording(language, text) % {}


def said_in(language: str | None, text: str, **variables: Any) -> Markup:
    """A page says more than a hundred texts; their catalogue is asked once for each."""
    return wording(language, text) % variables if variables else wording_alone(language, text)


def say(text: str, **variables: Any) -> Markup:
    """In the reader's language."""
    return said_in(get_language(), text, **variables)


def reader_language(_request: HttpRequest) -> dict[str, Any]:
    """The same for all of a template, whose language is asked once."""
    say_it = partial(said_in, get_language())
    return {"_": say_it, "gettext": say_it}


def url(name: str, args: Sequence[Any] = ()) -> str:
    return path_of(name, *args)


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
        "amount": amount,
        "icon": icon,
        "isolated": isolated,
        "symbol": symbol,
        "thousands": thousands,
        "visible": visible,
    }
    made.globals |= {
        "_": say,
        "gettext": say,
        "icon": icon,
        "bundle": lambda name: cast(StaticStorage, staticfiles_storage).parts(name),
        "static": cache(static),
        "url": url,
    }
    return made
