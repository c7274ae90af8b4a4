"""Addresses of the chains: what is one, how it is shown, and which two spellings are the same."""

from contacts.chains import base32, base58, bech32, evm
from contacts.chains.complaints import complaint, of_another_chain
from contacts.chains.names import EVM_CHAIN_IDS, EVM_CHAINS, FAMILIES, family, family_of, short
from contacts.chains.types import AddressError, ChainAddress

__all__ = [
    "EVM_CHAINS",
    "EVM_CHAIN_IDS",
    "FAMILIES",
    "AddressError",
    "ChainAddress",
    "family",
    "family_of",
    "mended",
    "normalise",
    "short",
]

# By how often they are met. Each answers None for what is not its own, so only what two of them
# could read needs an order: their checksums tell them apart but Solana's, which has none.
READERS = (
    evm.read,
    bech32.read,
    bech32.read_cashaddr,
    base58.read_checked,
    base58.read_xrp,
    base58.read_solana,
    base58.read_substrate,
    base58.read_monero,
    base32.read_stellar,
    base32.read_algorand,
    base32.read_ton,
)


def normalise(text: str, chain: str | None = None, *, strict: bool = True) -> ChainAddress:
    """The address that the text is; AddressError where it is none, or none of that chain.

    strict=False is for exports: a machine wrote the address and the money did go there, so wrong
    capitals in an EVM address (EIP-1191 and sloppy tools write them) are no reason to lose it.
    """
    text = text.strip()
    found = next(filter(None, (read(text) for read in READERS)), None)
    if not found or (strict and evm.wrong_capitals(text, found)):
        raise AddressError(complaint(text))
    return _of(found, chain) if chain else found


def mended(text: str) -> str:
    """An EVM address in the capitals that belong to it; empty where it needs no mending."""
    text = text.strip()
    found = None if text.islower() else evm.read(text)
    return found.shown if found and evm.wrong_capitals(text, found) else ""


def _of(found: ChainAddress, chain: str) -> ChainAddress:
    family = family_of(chain)
    if found.family == family:
        return found
    fork = base58.as_fork(found, family)
    if not fork:
        raise AddressError(of_another_chain(found, chain))
    return fork
