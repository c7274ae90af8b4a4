"""From what the probe has seen to the family, with what speaks for it and what was excluded."""

from dataclasses import dataclass

from session_policy.probe import PAGES, Seen

Found = tuple[tuple[str, ...], str, dict[str, str]]


@dataclass(frozen=True)
class Verdict:
    families: tuple[str, ...]  # several: one of them; none: nothing was old
    because: str
    excluded: dict[str, str]

    def without(self, reason: str) -> list[str]:
        return [family for family, why in self.excluded.items() if why == reason]


def judge(seen: Seen) -> Verdict:
    if seen.at_once is False:
        return not_committed(seen)
    excluded = {}
    if seen.at_once:
        excluded = dict.fromkeys(("uncommitted", "lost"), "the form's change was there at once")
    if seen.old:
        families, because, more = of_old_page(seen)
        return Verdict(families, because, excluded | more)
    current = f"{PAGES} of {PAGES} pages showed the change at once"
    excluded |= dict.fromkeys(("identity", "snapshot", "kept", "elsewhere"), current)
    if seen.may_be_kept:
        return Verdict(("browser",), "its answer has no Cache-Control: no-store", excluded)
    return Verdict((), current, excluded | {"browser": "the answer says no-store"})


def not_committed(seen: Seen) -> Verdict:
    excluded = dict.fromkeys(
        ("identity", "snapshot", "kept", "elsewhere"), "nobody can show what is not committed"
    )
    lost = "it became true after all"
    if seen.later:
        because = "the change was not in the database when the answer came, and was a moment later"
        return Verdict(("uncommitted",), because, excluded | {"lost": lost})
    if seen.writers:
        who = "; ".join(map(str, seen.writers))
        because = f"the change is not in the database, and who has written is idle: {who}"
        return Verdict(("uncommitted",), because, excluded | {"lost": "its transaction is open"})
    if seen.after_others:
        because = "the change was not in the database until the other function was called"
        return Verdict(("uncommitted",), because, excluded | {"lost": lost})
    because = "the change was acknowledged, is not in the database, and no open session has written"
    return Verdict(("lost",), because, excluded | {"uncommitted": "no call brought it"})


def of_old_page(seen: Seen) -> Found:
    how_many = f"{seen.old} of {PAGES} pages were old after a committed change"
    if seen.old_later and seen.old_after_others is False:
        how_many += ", until the other function was called"
    if seen.sessions:
        return of_open_session(seen, how_many)
    closed = dict.fromkeys(("identity", "snapshot"), "the page uses no session that stays open")
    if seen.asks is False:
        because = f"{how_many}, and the database was asked nothing meanwhile"
        return ("kept",), because, closed | {"elsewhere": "the page asks nobody"}
    if seen.copies:
        where = ", ".join(seen.copies)
        return ("elsewhere",), f"{how_many}; the old value stands in {where} too", closed
    if not seen.old_later and seen.asks:
        return ("elsewhere",), f"{how_many}, and became right by themselves", closed
    because = f"{how_many}, and neither an open session nor another table has the old value"
    return ("kept",), because, closed | {"elsewhere": "no other table has the old value"}


def of_open_session(seen: Seen, how_many: str) -> Found:
    asked = dict.fromkeys(("kept", "elsewhere"), "the page asks in a session that stays open")
    who = "; ".join(map(str, seen.sessions))
    because = f"{how_many}, and the page reads in a transaction that stays open ({who})"
    if seen.is_snapshot is None:
        hidden = (
            "a transaction elsewhere on the server has written, so that only SessionPolicy can tell"
        )
        return ("identity", "snapshot"), f"{because}; {hidden}", asked
    if seen.is_snapshot:
        moment = "which keeps its snapshot"
        return ("snapshot",), f"{because}, {moment}", asked | {"identity": "the snapshot is enough"}
    fresh = "each statement of that session sees what is committed"
    return ("identity",), f"{because}; {fresh}", asked | {"snapshot": fresh}
