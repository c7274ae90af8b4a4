"""The verdict on a history: every violation of every rule.

Acknowledged rows that are missing are a matter of registers too: whether a row is there is a
field of it (`history.THERE`), and a page that should show the row and does not has read ABSENT.
"""

from collections import defaultdict

from .history import THERE, History, Register, Write
from .pages import Order, Reading, disagreement
from .registers import NOBODY, STALE, Verdict, Violation

MISSING = "a row that was acknowledged is missing"


def decide(history: History) -> list[Violation]:
    found = [wrong for page in history.pages if (wrong := disagreement(page))]
    reading = Reading(history)
    verdicts, unknown = registers(history, reading)
    found += unknown
    found += [named(wrong) for verdict in verdicts.values() if (wrong := verdict.decide())]
    if not found:
        order = Order(reading, verdicts, history.pages)
        order.build()
        if cycle := order.decide():
            found.append(order.explained(cycle))
    return found


def registers(
    history: History, reading: Reading
) -> tuple[dict[Register, Verdict], list[Violation]]:
    writes: dict[Register, list[Write]] = defaultdict(list)
    for write in history.writes:
        writes[write.register].append(write)
    verdicts: dict[Register, Verdict] = {}
    known = {*history.start, *(write.row for write in history.writes if write.field == THERE)}
    unknown = []

    def verdict(register: Register) -> Verdict:
        if register not in verdicts:
            initial = history.initial(register)
            verdicts[register] = Verdict(register, initial, writes[register])
        return verdicts[register]

    for register in list(writes):
        verdict(register)
    for page in history.pages:
        for register, value in reading.all(page):
            if register[0] in known:
                verdict(register).read(value, page)
            else:
                unknown.append(Violation(NOBODY, f"row {register[0]} on {page.view.name}"))
    return verdicts, unknown


def named(wrong: Violation) -> Violation:
    """A row that is not there is not an old value to who looks for it."""
    if wrong.rule != STALE or not wrong.register or wrong.register[1] != THERE:
        return wrong
    row, _field = wrong.register
    if any(row in page.shown.rows for page in wrong.pages):
        return wrong
    return Violation(MISSING, wrong.text, wrong.register, wrong.pages)
