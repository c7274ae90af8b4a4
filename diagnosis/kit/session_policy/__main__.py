"""python -m session_policy probe: which family fits, seen from outside."""

import argparse
import sys
from collections.abc import Sequence

from session_policy.changes import Change, Refused, connected, token
from session_policy.probe import Form, Probe
from session_policy.report import MEANING, link
from session_policy.servers import server_of
from session_policy.site import Site
from session_policy.verdict import Verdict, judge

FOUND, NOTHING, REFUSED = 1, 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    try:
        verdict = probed(chosen)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    sys.stdout.write(told(verdict))
    return FOUND if verdict.families else NOTHING


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="python -m session_policy", description=__doc__)
    probe = whole.add_subparsers(required=True, metavar="probe").add_parser("probe")
    add = probe.add_argument
    add("--url", required=True, help="of the page")
    add("--dsn", required=True, help="of the database, as of SQLAlchemy's create_engine")
    add("--change", required=True, help="UPDATE table SET column = :new WHERE …")
    add("--expect", default=token(), help="the text that the page has to show, in place of :new")
    add("--restore", default="", help="UPDATE that puts the change back, if that cannot be guessed")
    add("--other", help="address of another function that writes; POST")
    add("--other-field", action="append", default=[], metavar="NAME=VALUE")
    add("--save-url", help="address to which the application's own form is sent")
    add("--save-field", action="append", default=[], metavar="NAME=VALUE",
        help="its fields; without a value, the expected text")  # fmt: skip
    add("--form", default="", help="address of the page that has these forms, if not --url")
    add("--cookie", default="", metavar="NAME=VALUE", help="of somebody who is logged in")
    add("--login", help="address of a login form")
    add("--field", action="append", default=[], metavar="NAME=VALUE", help="of the login form")
    add("--wait", type=float, default=1.0, help="seconds until it is asked again")
    return whole


def probed(chosen: argparse.Namespace) -> Verdict:
    engine = connected(chosen.dsn)
    site = Site(chosen.url, chosen.cookie)
    if chosen.login:
        site.submit(chosen.login, fields(chosen.field, ""), chosen.login)
    change = Change(engine, chosen.change, chosen.restore)
    other = form(chosen.other, chosen.other_field, chosen)
    save = form(chosen.save_url, chosen.save_field, chosen)
    probe = Probe(site, change, server_of(engine), chosen.expect, other, chosen.wait)
    return judge(probe.run(save))


def form(url: str | None, pairs: Sequence[str], chosen: argparse.Namespace) -> Form | None:
    return Form(url, fields(pairs, chosen.expect), chosen.form) if url else None


def fields(pairs: Sequence[str], expect: str) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    return {name: value if sign else expect for name, sign, value in split}


def told(verdict: Verdict) -> str:
    named = [f"{family}: {MEANING[family]}" for family in verdict.families]
    lines = [", or ".join(named) or "Nothing was old."]
    lines.append(f"  because {verdict.because}")
    reasons = dict.fromkeys(verdict.excluded.values())
    lines += [f"  not {' nor '.join(verdict.without(why))}: {why}" for why in reasons]
    lines += [f"  see {link(family)}" for family in verdict.families]
    lines.append("The change is put back.")
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())
