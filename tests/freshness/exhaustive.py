"""The same question answered by trying everything, for small histories: Wing and Gong ("Testing
and verifying concurrent objects", 1993), with the states that were tried before remembered as in
Lowe (2017). Shares nothing with the algorithm that it tests but the history."""

from .history import NEVER, History, Outcome, Page, Write
from .pages import Reading


def has_an_order(history: History) -> bool:
    """Whether some order of writes and pages agrees with the clock and explains what was seen."""
    return Search(history).from_here(0, ())


class Search:
    def __init__(self, history: History) -> None:
        self.history = history
        writes = [write for write in history.writes if write.outcome is not Outcome.REFUSED]
        self.operations: list[Write | Page] = [*writes, *history.pages]
        reading = Reading(history)
        self.read = [
            tuple(reading.all(each)) if isinstance(each, Page) else () for each in self.operations
        ]
        self.failed: set[tuple[int, tuple[int, ...]]] = set()
        self.sure = sum(1 << n for n, each in enumerate(self.operations) if each.ret < NEVER)

    def from_here(self, done: int, order: tuple[int, ...]) -> bool:
        if done & self.sure == self.sure:
            return True
        state = {self.operations[n].register: n for n in order}
        key = done, tuple(sorted(state.values()))
        if key in self.failed:
            return False
        left = [n for n in range(len(self.operations)) if not done >> n & 1]
        first_answer = min(self.operations[n].ret for n in left)
        for n in left:
            each = self.operations[n]
            if each.call <= first_answer and self.fits(n, state):
                more = (*order, n) if isinstance(each, Write) else order
                if self.from_here(done | 1 << n, more):
                    return True
        self.failed.add(key)
        return False

    def fits(self, n: int, state: dict) -> bool:
        each = self.operations[n]
        if isinstance(each, Write):
            return each.seen is None or self.value(each.register, state) == each.seen
        return all(self.value(register, state) == value for register, value in self.read[n])

    def value(self, register, state: dict) -> str:
        if register in state:
            return self.operations[state[register]].value
        return self.history.initial(register)
