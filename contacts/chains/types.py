from typing import NamedTuple


class AddressError(ValueError):
    """The text is no address, or none of the chain; its message is a sentence for the reader."""


class ChainAddress(NamedTuple):
    family: str
    shown: str
    normalised: str
    """The identity: equal for every spelling of one address, unique whatever the family."""
