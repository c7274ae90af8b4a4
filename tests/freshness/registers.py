"""Is one field of one row a linearizable register?

Every value is written once, so a read names its write, and the write with its reads forms a
cluster that has to be contiguous in any order of the operations. Gibbons and Korach ("Testing
shared memories", SIAM J. Comput. 26, 1997) decide this from two numbers per cluster: the first
time that any of its operations was answered, and the last time that any of them was asked for.
Between two such moments in this order the value has certainly been there all the time; cluster A
is before cluster B in every order if A's first answer is before B's last call; the register is
linearizable exactly if no two clusters have to be before each other. So one pass, and a sort.

A write that depends on the value that it has seen comes directly after that value: the clusters
of a chain of such writes are contiguous as a whole and have an order among themselves. A chain
has two such numbers as well, and the same theorem holds for chains.

A write whose outcome is not known takes part if its value was seen, and is never answered.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from .history import BEFORE, NEVER, Outcome, Page, Register, Write


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    text: str
    register: Register | None = None
    pages: tuple[Page, ...] = ()


NOBODY = "a value that nobody wrote"
REFUSED = "a write that was refused has happened"
EARLY = "a value was there before it was written"
LOST_UPDATE = "two writes that depend on the same value were both done"
WRITTEN_BACK = "a write that was acknowledged is lost, or an old value was written back"
STALE = "a page showed what had already been replaced"


@dataclass(slots=True)
class Cluster:
    """A value: its write and all that saw it."""

    write: Write
    answered: float = NEVER  # the first answer of any operation
    called: float = BEFORE  # the last call of any operation
    page: Page | None = None  # that was asked for last
    truth: Page | None = None  # the same past the application
    reads: int = 0

    def add(self, page: Page) -> None:
        self.reads += 1
        self.answered = min(self.answered, page.ret)
        if page.call > self.called:
            self.called, self.page = page.call, page
        if page.view.truth and (self.truth is None or page.call > self.truth.call):
            self.truth = page


@dataclass(slots=True)
class Chain:
    """Clusters that follow each other directly."""

    clusters: list[Cluster]
    answered: float = field(init=False)
    called: float = field(init=False)

    def __post_init__(self) -> None:
        self.answered = min(cluster.answered for cluster in self.clusters)
        self.called = max(cluster.called for cluster in self.clusters)

    @property
    def forward(self) -> bool:
        """The value was there from `answered` to `called`, whatever the order."""
        return self.answered < self.called


class NotLinearizable(Exception):
    def __init__(self, rule: str, *clusters: Cluster) -> None:
        self.rule, self.clusters = rule, clusters


class Verdict:
    """One register, decided. `order` afterwards says what has to be before what."""

    def __init__(self, register: Register, initial: str, writes: Iterable[Write]) -> None:
        self.register = register
        first = Write(*register, initial, BEFORE, BEFORE, Outcome.DONE)
        self.clusters = {initial: Cluster(first, BEFORE, BEFORE)}
        for write in writes:
            assert write.value not in self.clusters, f"{write.value} is written twice"
            self.clusters[write.value] = Cluster(write, write.ret, write.call)
        self.chain_of: dict[str, tuple[Chain, int]] = {}
        self.violation: Violation | None = None

    def read(self, value: str, page: Page) -> None:
        cluster = self.clusters.get(value)
        if cluster is None:
            self.violation = self.violation or self.named(NOBODY, f"“{value}”", page)
        elif cluster.write.outcome is Outcome.REFUSED:
            self.violation = self.violation or self.named(REFUSED, f"“{value}”", page)
        elif page.ret < cluster.write.call:
            self.violation = self.violation or self.named(EARLY, f"“{value}”", page)
        else:
            cluster.add(page)

    def decide(self) -> Violation | None:
        try:
            if self.violation is None:
                self.happened = self.those_that_happened()
                self.chains = list(self.link())
                self.compare()
        except NotLinearizable as found:
            self.violation = self.explained(found)
        return self.violation

    def those_that_happened(self) -> dict[str, Cluster]:
        """An unseen write of unknown outcome explains nothing and is left out; unless another
        has depended on its value, which then was there."""
        happened: dict[str, Cluster] = {}
        todo = [
            cluster
            for cluster in self.clusters.values()
            if cluster.write.outcome is Outcome.DONE or cluster.reads
        ]
        while todo:
            cluster = todo.pop()
            happened[cluster.write.value] = cluster
            before = self.clusters.get(cluster.write.seen or "")
            refused = before is None or before.write.outcome is Outcome.REFUSED
            if cluster.write.seen is not None and refused:
                raise NotLinearizable(NOBODY, cluster)
            if before and before.write.value not in happened:
                todo.append(before)
        return happened

    def link(self) -> Iterable[Chain]:
        next_of: dict[str, Cluster] = {}
        for cluster in self.happened.values():
            seen = cluster.write.seen
            if seen is None:
                continue
            if seen in next_of:
                raise NotLinearizable(LOST_UPDATE, next_of[seen], cluster)
            next_of[seen] = cluster
        for cluster in self.happened.values():
            if cluster.write.seen is None:
                yield self.chain(cluster, next_of)

    def chain(self, cluster: Cluster, next_of: Mapping[str, Cluster]) -> Chain:
        members = [cluster]
        while follower := next_of.get(members[-1].write.value):
            members.append(follower)
        last = members[0]
        for each in members[1:]:
            if each.answered < last.called:
                raise NotLinearizable(STALE, last, each)
            last = max(last, each, key=lambda one: one.called)
        chain = Chain(members)
        for place, each in enumerate(members):
            self.chain_of[each.write.value] = chain, place
        return chain

    def compare(self) -> None:
        """No two chains have to be before each other."""
        if len(self.chain_of) < len(self.happened):
            raise NotLinearizable(LOST_UPDATE, *self.happened.values())  # a ring
        forward = sorted((c for c in self.chains if c.forward), key=lambda c: c.answered)
        for one, other in pairwise(forward):
            if other.answered < one.called:
                raise conflict(one, other)
        starts = [chain.answered for chain in forward]
        for chain in self.chains:
            if chain.forward:
                continue
            at = bisect_left(starts, chain.called)
            if at and chain.answered < forward[at - 1].called:
                raise conflict(forward[at - 1], chain)

    def before(self, value: str, other: str) -> bool:
        """Whether the first has to be before the second in every order."""
        chain, place = self.chain_of[value]
        other_chain, other_place = self.chain_of[other]
        if chain is other_chain:
            return place < other_place
        return chain.answered < other_chain.called

    def explained(self, found: NotLinearizable) -> Violation:
        old, *new = found.clusters
        rule, page = found.rule, old.page
        text = ", ".join(f"“{each.write.value}” ({said(each.write)})" for each in found.clusters)
        if rule == STALE:
            (newer,) = new
            if old.truth and newer.answered < old.truth.call:
                rule, page = WRITTEN_BACK, old.truth
            text = (
                f"“{newer.write.value}” ({said(newer.write)}) was there at {newer.answered:.3f}; "
                f"asked for at {old.called:.3f} it was “{old.write.value}” ({said(old.write)})"
            )
        return self.named(rule, text, *([page] if page else []))

    def named(self, rule: str, text: str, *pages: Page) -> Violation:
        row, name = self.register
        where = f", {pages[0].view.name}" if pages else ""
        return Violation(rule, f"row {row}, {name}{where}: {text}", self.register, pages)


def conflict(old: Chain, new: Chain) -> NotLinearizable:
    """The two clusters that say so, the older one first."""
    if new.answered < old.answered:
        old, new = new, old
    last = max(old.clusters, key=lambda one: one.called)
    return NotLinearizable(STALE, last, min(new.clusters, key=lambda one: one.answered))


def said(write: Write) -> str:
    return f"{write.way or 'at first'}, {write.outcome.value}"
