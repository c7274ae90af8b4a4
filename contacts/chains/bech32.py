import re

from base58_bech32.bech32 import BECH32_1_CONST, BECH32_M_CONST, bech32_decode, convertbits
from base58_bech32.cashaddr import cashaddr_decode, cashaddr_encode
from base58_bech32.exceptions import Base58Bech32ValueError

from contacts.chains.types import ChainAddress

_CHARS = "023456789acdefghjklmnpqrstuvwxyz"
_FORM = re.compile(rf"[a-z][a-z0-9]{{0,20}}1[{_CHARS}]{{8,250}}")
_CASHADDR = re.compile(rf"(?:bitcoincash:)?[{_CHARS}]{{42,61}}")

_SEGWIT = {"bc": "bitcoin", "ltc": "litecoin"}

# Prefix: family, checksum, bytes that the address holds.
_PAYLOADS = {
    "addr": ("cardano", BECH32_1_CONST, range(29, 58)),
    "stake": ("cardano", BECH32_1_CONST, (29,)),
    "erd": ("multiversx", BECH32_1_CONST, (32,)),
    "u": ("zcash", BECH32_M_CONST, range(40, 160)),
    "zs": ("zcash", BECH32_1_CONST, (43,)),
}
# Every chain of Cosmos has a prefix of its own, so whatever has its form is one of them.
_COSMOS = ("cosmos", BECH32_1_CONST, (20, 32))
# The same form, no addresses: keys of Nostr and age, links of Lightning.
_OTHERS = {"npub", "nsec", "note", "age", "lnurl"}


def read(text: str) -> ChainAddress | None:
    lower = text.lower() if text.isupper() else text
    if not _FORM.fullmatch(lower):
        return None
    try:
        prefix, values, checksum = bech32_decode(lower)
        family = (_segwit if prefix in _SEGWIT else _payload)(prefix, values, checksum)
    except Base58Bech32ValueError:
        return None
    return ChainAddress(family, lower, lower) if family else None


def _segwit(prefix: str, values: list[int], checksum: int) -> str | None:
    """BIP-173 and BIP-350: version 0 is of 20 or 32 bytes; later ones have the newer checksum."""
    size = len(convertbits(values[1:], 5, 8, False))
    if values[0] == 0:
        right = checksum == BECH32_1_CONST and size in (20, 32)
    else:
        right = checksum == BECH32_M_CONST and values[0] <= 16 and 2 <= size <= 40
    return _SEGWIT[prefix] if right else None


def _payload(prefix: str, values: list[int], checksum: int) -> str | None:
    if prefix in _OTHERS:
        return None
    family, expected, sizes = _PAYLOADS.get(prefix, _COSMOS)
    right = checksum == expected and len(convertbits(values, 5, 8, False)) in sizes
    return family if right else None


def read_cashaddr(text: str) -> ChainAddress | None:
    lower = text.lower() if text.isupper() else text
    if not _CASHADDR.fullmatch(lower):
        return None
    try:
        _prefix, kind, digest = cashaddr_decode(lower, prefix="bitcoincash")
    except Base58Bech32ValueError:
        return None
    # Kinds 2 and 3 are 0 and 1 of wallets that handle tokens: the same owner and coins.
    return cashaddr(kind & 1, digest) if kind <= 3 and len(digest) in (20, 32) else None


def cashaddr(kind: int, digest: bytes) -> ChainAddress:
    """Shown without its prefix, as explorers do: it is the same for all of them."""
    text = cashaddr_encode("bitcoincash", kind, digest).decode().partition(":")[2]
    return ChainAddress("bitcoin-cash", text, text)
