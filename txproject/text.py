"""Text from files and from people, so that what looks the same is the same.

A spam token may call itself “USDC” with a zero-width space in it, or be written backwards. What
nobody could see is shown by its code point, ⟨U+200B⟩, and text that runs from right to left is
isolated from what stands around it.
"""

import re
import unicodedata
from functools import lru_cache
from html import escape

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

# Other and separator characters, but for the plain space.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# Of other categories, and yet nothing is drawn: fillers, joiners, selectors, a blank pattern.
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# What stands where it belongs: the parts of an emoji, a joiner within a word of Arabic letters.
PICTURE = "[#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff\U0001f3fb-\U0001f3ff]"
BELONGS = re.compile(
    f"(?<={PICTURE})\ufe0f|(?<={PICTURE})\u200d(?={PICTURE})|(?<=\ufe0f)\u200d(?={PICTURE})"
    "|(?<=[\u0620-\u06ff])[\u200c\u200d](?=[\u0620-\u06ff])"
)
# Spaces that a page would swallow.
SWALLOWED = re.compile(r"^ +| +$|(?<= ) +")
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
ISOLATE, POP = "\u2068", "\u2069"


def is_plain(text: str) -> bool:
    """The usual case, told at once: nothing to be made visible, nothing to be isolated."""
    return text.isascii() and text.isprintable() and text.strip() == text and "  " not in text


def unseen(text: str, edges: bool = True) -> list[int]:
    """Where characters stand that nobody could see; at its edges a space is one."""
    if is_plain(text):
        return []
    belongs = {at for match in BELONGS.finditer(text) for at in range(*match.span())}
    belongs |= {at for at, char in enumerate(text) if char == " "}
    spaces = SWALLOWED.finditer(text) if edges else ()
    swallowed = {at for match in spaces for at in range(*match.span())}
    hidden = {
        at
        for at, char in enumerate(text)
        if unicodedata.category(char) in UNSEEN or BLANK.match(char)
    }
    return sorted(hidden - belongs | swallowed)


def code_point(char: str) -> str:
    return f"U+{ord(char):04X}"


def visible(text: object) -> str:
    """As plain text, for a title, an option, a message or a terminal."""
    text = str(text)
    if is_plain(text):
        return text
    at = set(unseen(text))
    shown = "".join(f"⟨{code_point(c)}⟩" if n in at else c for n, c in enumerate(text))
    if any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in shown):
        return f"{ISOLATE}{shown}{POP}"
    return shown


def isolated(text: object) -> SafeString:
    """As markup: in a <bdi>, with a <span class="unseen"> for each character that is not seen."""
    if isinstance(text, SafeString):
        return text
    text = str(text)
    return SafeString(escape(text)) if is_plain(text) else isolated_text(text)


@lru_cache(maxsize=5_000)
def isolated_text(text: str) -> SafeString:
    """It takes its time, and a page says the same again."""
    return format_html("<bdi>{}</bdi>", marked(text))


def marked(text: str, edges: bool = True) -> SafeString:
    """Escaped, with what is not seen made visible; for what stands in a <bdi> already."""
    pieces, start = [], 0
    for at in unseen(text, edges):
        pieces += [conditional_escape(text[start:at]), unseen_mark(text[at])]
        start = at + 1
    return mark_safe("".join([*pieces, conditional_escape(text[start:])]))  # noqa: S308 (escaped)


def unseen_mark(char: str) -> SafeString:
    name = unicodedata.name(char, "").lower()
    return format_html('<span class="unseen" title="{}">{}</span>', name, code_point(char))


def symbol(text: str) -> SafeString:
    """A ticker. Letters that are not Latin are marked: a Cyrillic С looks like the C of USDC."""
    if is_plain(text):
        return SafeString(escape(text))
    at = set(unseen(text))
    pieces = (
        unseen_mark(c) if n in at else c if c.isascii() else foreign(c) for n, c in enumerate(text)
    )
    return format_html("<bdi>{}</bdi>", format_html_join("", "{}", ((each,) for each in pieces)))


def foreign(char: str) -> SafeString:
    name = unicodedata.name(char, code_point(char)).lower()
    return format_html('<span class="foreign" title="{}">{}</span>', name, char)
