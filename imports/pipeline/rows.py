"""Where each row of a file is, and what became of it: 13 bytes a row, so that any page of the rows
is shown without reading what stands before it."""

import zlib
from array import array
from collections.abc import Iterable, Sequence
from enum import IntEnum

from formats.parsing.files import Record

REMARKED = 4  # added to the state of a row of which something was taken otherwise than written


class RowState(IntEnum):
    NEW = 0
    KNOWN = 1
    SKIPPED = 2
    WRONG = 3


class RowIndex:
    def __init__(self) -> None:
        self.states = bytearray()
        self.lines, self.bytes = array("I"), array("Q")

    def add(self, record: Record, state: int) -> None:
        self.states.append(state)
        self.lines.append(record.line)
        self.bytes.append(record.at)

    def known(self, fresh: bytearray) -> None:
        """Rows that were understood and are not new; `fresh` has one byte for each of them."""
        understood = (n for n, state in enumerate(self.states) if state & 3 == RowState.NEW)
        for n, new in zip(understood, fresh, strict=True):
            if not new:
                self.states[n] |= RowState.KNOWN

    def packed(self) -> bytes:
        return zlib.compress(bytes(self.states) + self.lines.tobytes() + self.bytes.tobytes(), 1)

    @classmethod
    def unpacked(cls, data: bytes) -> "RowIndex":
        plain, index = zlib.decompress(data), cls()
        count = len(plain) // 13
        index.states = bytearray(plain[:count])
        index.lines.frombytes(plain[count : 5 * count])
        index.bytes.frombytes(plain[5 * count :])
        return index

    def having(self, states: Iterable[int]) -> Sequence[int]:
        """The places of the rows with one of these states."""
        some = set(states)
        wanted = bytes(int(n in some) for n in range(256))
        chosen = self.states.translate(wanted)
        return [n for n, yes in enumerate(chosen) if yes]
