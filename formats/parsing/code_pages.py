"""Which Windows code page a text is in that is not UTF-8: by what decodes, and by the letters that
its words would have."""

import re
from collections.abc import Iterable

PAGES = {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "cp1251": "Windows-1251"}
ENOUGH = 20_000  # words that are looked at
ASCII = bytes(range(128))
WORDS = re.compile(rb"[A-Za-z\x80-\xff]+")
SIGNS = "€„…“”–—’‘«»§°©®™·±¶•\N{NO-BREAK SPACE}"
WESTERN = "äöüßéèêëàâçîïôùñáíóúãåæøœÿÄÖÜÉÈÊÀÂÇÎÔÑÁÍÓÚÃÅÆØŒ£¥¢²³µ´½¼¡¿ªº"
CENTRAL = "áčďéěíňóřšťúůýžąćęłńśźżäöüßőűľĺŕôăîâşţđÁČĎÉĚÍŇÓŘŠŤÚŮÝŽĄĆĘŁŃŚŹŻÄÖÜŐŰĽÔĂÎÂŞŢĐ"
CYRILLIC = "А-Яа-яЁёІіЇїЄєҐґЎў"
LIKELY = {
    # Italian has these at the end of a word, Portuguese before an e, French behind an o; Czech and
    # Hungarian have ě, ň, ő and ű in their places anywhere.
    "cp1252": re.compile(rf"[{WESTERN}{SIGNS}]|[ìò](?!\w)|õ(?=e)|(?<=o)û"),
    "cp1250": re.compile(f"[{CENTRAL}{SIGNS}]"),
    # A word is in one alphabet, and has more than one letter.
    "cp1251": re.compile(rf"(?<![A-Za-z])[{CYRILLIC}]{{2,}}(?![A-Za-z])|[{SIGNS}№]"),
}


def guessed(blocks: Iterable[bytes]) -> str:
    """The page, of which most letters that are not ASCII have to be likely; the Western one of what
    is as likely in another. Empty if it is none."""
    words, used = looked_at(blocks)
    texts = {page: words.decode(page) for page in PAGES if decodes(used, page)}
    if not texts:
        return ""
    likely = {page: sum(map(len, LIKELY[page].findall(text))) for page, text in texts.items()}
    best = max(likely, key=lambda page: likely[page])
    is_certain = 2 * likely[best] > sum(not char.isascii() for char in texts[best])
    return best if is_certain else next(iter(texts.keys() & {"cp1252"}), "")


def looked_at(blocks: Iterable[bytes]) -> tuple[bytes, bytes]:
    """The first words that are not ASCII, and which other bytes there are at all."""
    words: list[bytes] = []
    used: set[int] = set()
    for block in blocks:
        used.update(block.translate(None, ASCII))
        if len(words) < ENOUGH:
            words += (word for word in WORDS.findall(block) if not word.isascii())
    return b" ".join(words[:ENOUGH]), bytes(sorted(used))


def decodes(used: bytes, page: str) -> bool:
    try:
        used.decode(page)
    except UnicodeDecodeError:
        return False
    return True
