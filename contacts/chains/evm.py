import re

from Crypto.Hash import keccak

from contacts.chains.types import ChainAddress

# Safe and others put the chain's short name before it (EIP-3770): eth:0x…
_FORM = re.compile(r"(?:[a-z0-9-]{1,20}:)?0[xX]([0-9a-fA-F]{40})")


def read(text: str) -> ChainAddress | None:
    match = _FORM.fullmatch(text)
    if not match:
        return None
    digits = match[1].lower()
    return ChainAddress("evm", "0x" + _with_capitals(digits), "0x" + digits)


def wrong_capitals(text: str, found: ChainAddress) -> bool:
    """Other capitals than EIP-55's; none at all, or nothing else, are not wrong but say nothing."""
    digits = text[-40:]
    right = (found.shown[2:], digits.lower(), digits.upper())
    return found.family == "evm" and digits not in right


def _with_capitals(digits: str) -> str:
    digest = keccak.new(digest_bits=256, data=digits.encode()).hexdigest()
    return "".join(
        char.upper() if nibble >= "8" else char
        for char, nibble in zip(digits, digest, strict=False)
    )
