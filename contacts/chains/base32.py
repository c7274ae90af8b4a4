"""Stellar, Algorand and TON: base 32 and 64, which the standard library knows."""

import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import crc_hqx

from Crypto.Hash import SHA512

from contacts.chains.types import ChainAddress

# G… an account, M… one customer of an account, C… a contract.
_STELLAR = re.compile(r"[GC][A-Z2-7]{55}|M[A-Z2-7]{68}")
_STELLAR_VERSIONS = {"G": 0x30, "M": 0x60, "C": 0x10}
_ALGORAND = re.compile(r"[A-Z2-7]{58}")
_TON = re.compile(r"[EU][Qf][A-Za-z0-9_-]{46}|[EU][Qf][A-Za-z0-9+/]{46}")


def read_stellar(text: str) -> ChainAddress | None:
    if not _STELLAR.fullmatch(text):
        return None
    data = _decode(text)
    right = (
        data is not None
        and data[0] == _STELLAR_VERSIONS[text[0]]
        and crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")
    )
    return ChainAddress("stellar", text, text) if right else None


def read_algorand(text: str) -> ChainAddress | None:
    data = _decode(text) if _ALGORAND.fullmatch(text) else None
    if data is None or SHA512.new(data[:32], truncate="256").digest()[-4:] != data[32:]:
        return None
    return ChainAddress("algorand", text, text)


def _decode(text: str) -> bytes | None:
    """None where the unused last bits are set: that would be a second spelling of an address."""
    data = b32decode(text + "=" * (-len(text) % 8))
    return data if b32encode(data).decode().rstrip("=") == text else None


def read_ton(text: str) -> ChainAddress | None:
    """EQ… and UQ… are one account: the first byte only asks to bounce what it cannot take."""
    if not _TON.fullmatch(text):
        return None
    data = urlsafe_b64decode(text.replace("+", "-").replace("/", "_"))
    if crc_hqx(data[:-2], 0) != int.from_bytes(data[-2:]) or data[1] not in (0, 255):
        return None
    body = b"\x11" + data[1:-2]
    identity = urlsafe_b64encode(body + crc_hqx(body, 0).to_bytes(2)).decode()
    return ChainAddress("ton", text.replace("+", "-").replace("/", "_"), identity)
