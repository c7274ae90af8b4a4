"""What stands on a page of transactions, by the few patterns that are needed: a reader reads many
thousand pages."""

import re
from collections import defaultdict
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
ENTRY = re.compile(
    r'<li id="entry-.*?/transactions/(\d+)/(?:(?!<li ).)*?<dt>note</dt>\s*<dd>(.*?)</dd>', re.DOTALL
)
WAS, BECAME = re.compile(r"<del>(.*?)</del>"), re.compile(r"<ins>(.*?)</ins>")
HELD = re.compile(r'<b>FEE(\d+)</b> <span class="num">(.*?)</a>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
COUNT = re.compile(r'<p class="count">\s*<b>([\d,]+)</b>')
OF = re.compile(r"<p>\s*([\d,]+)–([\d,]+) of ([\d,]+)\s*</p>")
# Of many rows the totals come after the page.
LATE = '<div class="totals late" id="totals"'
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
    if not of or not (total or LATE in page):
        raise Unknown("no totals")
    counts = [whole(first(COUNT, page)), whole(of[3]), *([whole(total[1])] if total else [])]
    return Shown(
        rows,
        higher=whole(of[1]) > 1,
        lower=whole(of[2]) < whole(of[3]),
        counts=tuple(counts),
        total=decimal(total[2]) if total else None,
        amounts=amounts,
    )


def names(page: str, field: str, rows: dict[int, int]) -> Shown:
    """Of the rules or views that are named after rows; `rows` by their keys."""
    if f'id="{field}s"' not in page:
        raise Unknown(page[:200])
    found = ((rows.get(int(key)), unescape(name)) for key, name in NAMED.findall(page))
    return Shown({row: {field: name} for row, name in found if row})


def told(page: str, rows: dict[int, int]) -> Shown:
    """Of the notes of the rows, by the history; `rows` by their keys. What one became and no later
    one was is there now. It is left open where one between is on the next page."""
    if 'id="history"' not in page:
        raise Unknown(page[:200])
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for key, change in ENTRY.findall(page):
        if row := rows.get(int(key)):
            found[row].append((plain(first(WAS, change)), plain(first(BECAME, change))))
    last = {row: {new for _, new in all_} - {old for old, _ in all_} for row, all_ in found.items()}
    return Shown({row: {"note": next(iter(note))} for row, note in last.items() if len(note) == 1})


def held(page: str) -> Shown:
    """By the balances of a wallet."""
    if 'id="wallet-balance"' not in page:
        raise Unknown(page[:200])
    return Shown({int(row): {"fee": str(decimal(amount))} for row, amount in HELD.findall(page)})


def plain(text: str) -> str:
    return unescape(TAG.sub("", text))


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
