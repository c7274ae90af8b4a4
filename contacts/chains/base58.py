import re

from base58_bech32.base58 import RIPPLE_ALPHABET, b58decode, b58decode_check, b58encode_check
from base58_bech32.exceptions import Base58Bech32ValueError
from base58_bech32.ss58 import ss58_decode, ss58_encode
from Crypto.Hash import keccak

from contacts.chains import bech32
from contacts.chains.types import ChainAddress

_CHARS = "1-9A-HJ-NP-Za-km-z"
_CHECKED = re.compile(rf"[{_CHARS}]{{25,36}}")
_XRP = re.compile(rf"(r[{_CHARS}]{{24,34}})(?:(?::|\?dt=)([0-9]{{1,10}}))?|(X[{_CHARS}]{{46}})")
_SOLANA = re.compile(rf"(?=.*[a-z])(?=.*[A-Z])[{_CHARS}]{{32,44}}|1{{32}}")
_SUBSTRATE = re.compile(rf"[{_CHARS}]{{46,50}}")
_MONERO = re.compile(rf"[48][{_CHARS}]{{94}}|4[{_CHARS}]{{105}}")

# What stands before the 20 bytes of an address.
_VERSIONS = {
    b"\x00": "bitcoin",
    b"\x05": "bitcoin",
    b"\x30": "litecoin",
    b"\x32": "litecoin",
    b"\x1e": "dogecoin",
    b"\x16": "dogecoin",
    b"\x4c": "dash",
    b"\x10": "dash",
    b"\x1c\xb8": "zcash",
    b"\x1c\xbd": "zcash",
    b"\x41": "tron",
    b"\x06\xa1\x9f": "tezos",
    b"\x06\xa1\xa1": "tezos",
    b"\x06\xa1\xa4": "tezos",
    b"\x06\xa1\xa6": "tezos",
    b"\x02\x5a\x79": "tezos",
}


def read_checked(text: str) -> ChainAddress | None:
    data = _decode_check(text) if _CHECKED.fullmatch(text) else b""
    family = _VERSIONS.get(data[:-20])
    return ChainAddress(family, text, text) if family else None


def _decode_check(text: str) -> bytes:
    try:
        return b58decode_check(text)
    except Base58Bech32ValueError:
        return b""


def as_fork(address: ChainAddress, family: str) -> ChainAddress | None:
    """An address written as Bitcoin's that is one of a chain which took over how it writes them.

    Bitcoin Cash did so until 2018; Litecoin's 3… are written M… today.
    """
    data = _decode_check(address.normalised)
    if (address.family, data[:-20], family) == ("bitcoin", b"\x05", "litecoin"):
        text = b58encode_check(b"\x32" + data[1:]).decode()
        return ChainAddress(family, text, text)
    if data and (address.family, family) == ("bitcoin", "bitcoin-cash"):
        return bech32.cashaddr(int(data[0] == 5), data[1:])
    return None


def read_xrp(text: str) -> ChainAddress | None:
    """The tag is part of the identity: it tells the customers of one exchange apart."""
    match = _XRP.fullmatch(text)
    if not match:
        return None
    try:
        data = b58decode_check(match[1] or match[3], alphabet=RIPPLE_ALPHABET)
    except Base58Bech32ValueError:
        return None
    return _x_address(data) if match[3] else _classic(data, match[2])


def _classic(data: bytes, tag: str | int | None) -> ChainAddress | None:
    if len(data) != 21 or data[0] != 0 or int(tag or 0) >= 2**32:
        return None
    text = b58encode_check(data, alphabet=RIPPLE_ALPHABET).decode()
    if tag is not None:
        text += f":{int(tag)}"
    return ChainAddress("xrp", text, text)


def _x_address(data: bytes) -> ChainAddress | None:
    """XLS-5: 05 44, the account, whether there is a tag, and the tag, little-endian."""
    if len(data) != 31 or data[:2] != b"\x05\x44":
        return None
    flag, tag = data[22], int.from_bytes(data[23:], "little")
    if flag > 1 or (flag == 0 and tag):
        return None
    return _classic(b"\0" + data[2:22], tag if flag else None)


def read_solana(text: str) -> ChainAddress | None:
    """No checksum: 32 bytes, and both cases as all but the system program's own 1111… have."""
    if not _SOLANA.fullmatch(text) or len(b58decode(text)) != 32:
        return None
    # A bech32 address in mixed case, which is none, may have the length by chance.
    if bech32.read(text.lower()):
        return None
    return ChainAddress("solana", text, text)


def read_substrate(text: str) -> ChainAddress | None:
    """Each network writes the same account with its own number; Polkadot's is the identity."""
    if not _SUBSTRATE.fullmatch(text):
        return None
    try:
        _network, account = ss58_decode(text)
    except Base58Bech32ValueError:
        return None
    if len(account) != 32:
        return None
    return ChainAddress("substrate", text, ss58_encode(0, account).decode())


def read_monero(text: str) -> ChainAddress | None:
    """Base58 by blocks of 11 characters for 8 bytes, and a Keccak checksum."""
    if not _MONERO.fullmatch(text):
        return None
    blocks = [int.from_bytes(b58decode(text[i : i + 11])) for i in range(0, len(text), 11)]
    try:
        data = b"".join(block.to_bytes(8) for block in blocks[:-1]) + blocks[-1].to_bytes(5)
    except OverflowError:
        return None
    if keccak.new(digest_bits=256, data=data[:-4]).digest()[:4] != data[-4:]:
        return None
    return ChainAddress("monero", text, text) if data[0] in (18, 19, 42) else None
