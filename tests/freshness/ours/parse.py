"""What stands on a page of transactions, by the few patterns that are needed: a reader reads many
thousand pages."""

import re
from datetime import datetime
from decimal import Decimal
from html import unescape

from ..driver import Unknown
from ..history import Shown
from .outside import NOON, RULED

ROW = re.compile(r'<tr\s+role="row"\s+id="t(\d+)"[^>]*?\sclass="([^"]*)"(.*?)</tr>', re.DOTALL)
TIME = re.compile(r'<time datetime="([^"]+)"')
KIND = re.compile(r'<b class="kind">([^<]*)<')
NAME = re.compile(r'<b class="name">([^<]*)<')
CHIP = re.compile(r'<span class="chip [^"]*">([^<]*)</span>')
NOTE = re.compile(r'<span class="sub note">([^<]*)<')
IN = re.compile(r'<td role="cell" class="in">(.*?)</td>', re.DOTALL)
FRESH = 'class="fresh"'
NAMED = re.compile(r'<li class="[^"]*" id="[rv](\d+)">.*?<b>([^<]*)</b>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
COUNT = re.compile(r'<p class="count">\s*<b>([\d,]+)</b>')
OF = re.compile(r"<p>\s*([\d,]+)–([\d,]+) of ([\d,]+)\s*</p>")
TOTAL = re.compile(
    r'<h2>ETH</h2><span\s+class="sub num"\s*>([\d,]+) tx</span>'
    r'.*?In</span><span\s+class="num"\s*>(.*?)</div>',
    re.DOTALL,
)


def parsed(page: str, keys: dict[int, int]) -> Shown:
    """Also learns the keys of the rows that it sees."""
    if 'id="transactions"' not in page:
        raise Unknown(page[:200])
    rows: dict[int, dict[str, str]] = {}
    amounts = {}
    for key, classes, inside in ROW.findall(page):
        number, chips = number_of(first(TIME, inside)), CHIP.findall(inside)
        keys[number] = int(key)
        rows[number] = {
            "note": unescape(first(NOTE, inside)),
            "type": first(KIND, inside).lower(),
            "contact": first(NAME, inside),
            "label": " + ".join(name for name in chips if name != RULED),
            "ruled": "1" if RULED in chips else "0",
            "reviewed": "0" if FRESH in inside else "1",
            "hidden": "1" if "hid" in classes.split() else "0",
        }
        amounts[number] = decimal(first(IN, inside))
    total, of = TOTAL.search(page), OF.search(page)
    if not rows and not total:
        return Shown({}, counts=(0,))
    if not (total and of):
        raise Unknown("no totals")
    counts = whole(first(COUNT, page)), whole(of[3]), whole(total[1])
    return Shown(
        rows,
        higher=whole(of[1]) > 1,
        lower=whole(of[2]) < whole(of[3]),
        counts=counts,
        total=decimal(total[2]),
        amounts=amounts,
    )


def names(page: str, field: str, rows: dict[int, int]) -> Shown:
    """Of the rules or views that are named after rows; `rows` by their keys."""
    if f'id="{field}s"' not in page:
        raise Unknown(page[:200])
    found = ((rows.get(int(key)), unescape(name)) for key, name in NAMED.findall(page))
    return Shown({row: {field: name} for row, name in found if row})


def number_of(moment: str) -> int:
    return int((datetime.fromisoformat(moment) - NOON).total_seconds())


def first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def whole(text: str) -> int:
    return int(text.replace(",", ""))


def decimal(text: str) -> Decimal:
    found = NUMBER.search(TAG.sub("", text))
    return Decimal(found[0].replace(",", "")) if found else Decimal(0)
