"""Addresses that are nobody's: made of hashes, each with the checksum of its chain."""

from collections.abc import Callable
from hashlib import sha256
from itertools import count

from base58_bech32.base58 import b58encode, b58encode_check
from base58_bech32.bech32 import bech32_encode, convertbits

from contacts.chains import ChainAddress, normalise, short


def evm(digest: bytes) -> str:
    return f"0x{digest[:20].hex()}"


def bitcoin(digest: bytes) -> str:
    version, program = 0, convertbits(list(digest[:20]), 8, 5, True)
    return bech32_encode("bc", [version, *program]).decode()


def solana(digest: bytes) -> str:
    return b58encode(digest).decode()


def tron(digest: bytes) -> str:
    return b58encode_check(b"\x41" + digest[:20]).decode()


WRITERS: dict[str, Callable[[bytes], str]] = {
    "evm": evm,
    "bitcoin": bitcoin,
    "solana": solana,
    "tron": tron,
}


def address(family: str, name: str) -> ChainAddress:
    """Always the same for one name."""
    return normalise(WRITERS[family](sha256(f"{family} {name}".encode()).digest()))


def look_alike(victim: ChainAddress) -> ChainAddress:
    """Another EVM address that is shown alike when it is shortened."""
    start, end = victim.normalised[:6], victim.normalised[-4:]
    for n in count():
        middle = sha256(f"{victim.normalised} {n}".encode()).hexdigest()[:32]
        found = normalise(start + middle + end)
        if short(found.shown) == short(victim.shown):
            return found
    raise AssertionError
