import re
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Protocol

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from txproject.localized import moment, number, thousands
from txproject.text import is_plain, isolated, marked, symbol, visible
from watch.seen import current

register = template.Library()
for each in (isolated, moment, number, symbol, thousands, visible):
    register.filter(each)

SPRITE = "vendor/icons.svg"


class Shown(Protocol):
    """An amount as text: `head` up to eight decimals, `tail` the rest of them, never rounded."""

    sign: str
    head: str
    tail: str
    symbol: str


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """An icon of the sprite; a page has dozens of them."""
    markup = f'<svg class="icon" aria-hidden="true"><use href="{static(SPRITE)}#{name}"/></svg>'
    return mark_safe(markup)  # noqa: S308 (names come from templates)


@register.simple_tag(takes_context=True)
def jinja(context: Context, template_name: str, **more: Any) -> SafeString:
    """What stands in rows.jinja and the like, within a page of Django's language."""
    found: Any = context.flatten()
    return SafeString(render_to_string(template_name, {**found, **more}, using="jinja"))


@register.simple_tag
def request_id() -> str:
    """By which the log finds this request."""
    seen = current.get()
    return f" · {seen.id}" if seen else ""


@register.filter
def amount(shown: Shown | None, side: str) -> str:
    """The markup of every amount; `side` is in, out, fee or net. A filter: it stands in loops."""
    if shown is None:
        return ""
    gap, digits = ("", f"<i>{shown.tail}</i> ") if shown.tail else (" ", "")
    return mark_safe(  # noqa: S308 (digits are ours, the symbol is escaped)
        f'<span class="amount {side}"><span class="head">{shown.sign}{shown.head}</span>{gap}'
        f'<span class="tail">{digits}<span>{symbol(shown.symbol)}</span></span></span>'
    )


@register.filter
def differing(theirs: str, mine: str | None) -> SafeString:
    """Their text, with the words marked that mine does not have there."""
    words = re.split(r"(\s+)", theirs)
    same = SequenceMatcher(None, words, re.split(r"(\s+)", mine or ""), autojunk=False)
    shown = (
        highlighted("".join(words[start:end]), what != "equal")
        for what, start, end, _their_start, _their_end in same.get_opcodes()
    )
    html = format_html_join("", "{}", ((piece,) for piece in shown))
    return html if is_plain(theirs) else format_html("<bdi>{}</bdi>", html)


def highlighted(text: str, changed: bool) -> SafeString:
    words = marked(text, edges=False)
    return format_html("<mark>{}</mark>", words) if changed and text.strip() else words


@register.filter
def lines(text: str) -> SafeString:
    """A note, line by line."""
    return format_html_join(
        mark_safe("<br>"), "{}", ((isolated(line),) for line in text.splitlines())
    )
