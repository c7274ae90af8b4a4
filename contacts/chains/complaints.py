"""What is wrong with a text that is no address."""

import re
import unicodedata

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from contacts.chains.names import FAMILIES, short
from contacts.chains.types import ChainAddress

_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_BECH32 = "[02-9ac-hj-np-zAC-HJ-NP-Z]"

# The first that fits the whole text is told. A private key is not even quoted: what is said here
# ends up on pages and in logs.
_COMPLAINTS = [
    (re.compile(form), sentence)
    for form, sentence in [
        (r"", gettext_noop("No address stands there.")),
        (
            rf"[KL5]{_BASE58}{{50,51}}|s{_BASE58}{{28}}|S[A-Z2-7]{{55}}|[xyz]prv\w{{100,}}"
            r"|(?i:nsec1|suiprivkey1|age-secret-key-1)\w+",
            gettext_noop("A private key stands there. Keep it to yourself; an address is needed."),
        ),
        (
            r"(?:0[xX])?[0-9a-fA-F]{64}",
            gettext_noop(
                "“%(text)s” has 64 digits, as the hash of a transaction has; no address does."
            ),
        ),
        (
            r"0[xX][0-9a-fA-F]{96}",
            gettext_noop("“%(text)s” is the key of a validator, not an address."),
        ),
        (
            r"(?:[a-z0-9-]{1,20}:)?0[xX][0-9a-fA-F]{40}",
            gettext_noop(
                "“%(text)s” has other capitals than belong to this address, so a digit may be "
                "wrong. If each digit is right, write it in small letters."
            ),
        ),
        (
            r"0[xX][0-9a-fA-F]*",
            gettext_noop("“%(text)s” has %(digits)s digits after 0x; an address has 40."),
        ),
        (r"0[xX].*", gettext_noop("“%(text)s” has other characters than 0–9 and a–f after 0x.")),
        (
            r"XE[0-9]{2}[0-9A-Za-z]{16,31}",
            gettext_noop(
                "“%(text)s” is written as ICAP, which is not read here; write it with 0x."
            ),
        ),
        (
            r"[a-zA-Z]pub[0-9A-Za-z]{100,}",
            gettext_noop(
                "“%(text)s” is a key from which many addresses are made, not one address."
            ),
        ),
        (
            rf"{_BASE58}{{86,88}}",
            gettext_noop(
                "“%(text)s” is as long as the hash of a Solana transaction; no address is."
            ),
        ),
        (
            r"[^.]+(?:\.[^.]+)+",
            gettext_noop("“%(text)s” is a name; the address behind it is needed."),
        ),
        (
            rf"(?=.*[a-z])(?=.*[A-Z])[A-Za-z]{{2,20}}1{_BECH32}{{30,}}",
            gettext_noop(
                "“%(text)s” mixes capital and small letters, which such an address never does."
            ),
        ),
        (
            rf"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]){_BASE58}{{25,106}}|[A-Z2-7]{{56,69}}"
            rf"|[A-Za-z]{{2,20}}1{_BECH32}{{30,}}",
            gettext_noop(
                "The checksum of “%(text)s” fits no chain that is known here: perhaps a character "
                "is missing or wrong."
            ),
        ),
        (r".*", gettext_noop("“%(text)s” is no address of a chain that is known here.")),
    ]
]


def complaint(text: str) -> str:
    quoted = text if len(text) <= 24 else f"{text[:6]}…{text[-4:]}"
    strange = re.search(r"[^!-~]", text)
    if strange:
        name = unicodedata.name(strange[0], f"U+{ord(strange[0]):04X}")
        sentence = _("“%(text)s” has a character that no address has: %(name)s, number %(place)s.")
        return sentence % {"text": quoted, "name": name, "place": strange.start() + 1}
    sentence = next(sentence for form, sentence in _COMPLAINTS if form.fullmatch(text))
    return _(sentence) % {"text": quoted, "digits": len(text) - 2}


def of_another_chain(found: ChainAddress, chain: str) -> str:
    return _("“%(text)s” is an address of %(family)s, not of %(chain)s.") % {
        "text": short(found.shown),
        "family": FAMILIES[found.family].name,
        "chain": chain.strip(),
    }
