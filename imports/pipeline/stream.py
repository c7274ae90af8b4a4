"""From the lines of a file to the transactions that a wallet does not have yet, a few thousand
lines at a time: so a file of any length needs the same memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import batched
from typing import Any

from formats.parsing.records import BuiltTransaction, Row
from imports.pipeline.background import one_behind
from imports.pipeline.checking import Checked
from imports.pipeline.units import Units

CHUNK = 2000  # lines

# Asked which of these lines are fresh: a byte for each.
type LookUp = Callable[[tuple[Row[Any], ...]], Future[bytes]]


def fresh_transactions(checked: Checked, look_up: LookUp) -> Iterator[list[BuiltTransaction]]:
    units = Units(checked.units)
    asked = ((chunk, look_up(chunk)) for chunk in batched(checked.rows(), CHUNK))
    for chunk, fresh in one_behind(asked):
        complete = units.complete(chunk, fresh.result())
        yield [built for rows in complete for built in checked.reader.build(rows)]
