"""The symptom matrix, as JSON and as a Markdown table. `--quick`: one layout, a few variants."""

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from diagnosis.app.variants import VARIANTS
from diagnosis.lab.measure import measured
from diagnosis.lab.server import LAYOUTS

HEADS = ("", "remove", "expire_all")
QUICK = ("second_registry", "page_session", "held_snapshot", "cache_cleared_elsewhere")
SHOWN = ("after 1 s", "after 1 call", "after 12 calls")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev diagnose")
    parser.add_argument("--quick", action="store_true", help="four variants, one worker")
    parser.add_argument("--json", type=Path, help="where to write the results")
    options = parser.parse_args()
    names = ["right", *(QUICK if options.quick else seen_by_http())]
    layouts = ["one"] if options.quick else list(LAYOUTS)
    runs = [(name, layout, head) for name in names for layout in layouts for head in HEADS]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda run: measured(*run), runs))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    print(table(results))
    return 0 if all(r[c] == 0 for r in results if r["variant"] == "right" for c in SHOWN) else 1


def seen_by_http() -> list[str]:
    """Those that one page, asked for again, can show."""
    return [name for name, each in VARIANTS.items() if each.look == "page" and plain(each)]


def plain(variant: type) -> bool:
    return not variant.needs and variant.only in ("", "postgresql")


def table(results: list[dict]) -> str:
    """Shares of old pages; committed: a second after the change, and after twelve calls."""
    titles = ["variant", "workers", "at once", *SHOWN, "committed", "remove()", "expire_all()"]
    lines = [titles, ["---"] * len(titles)]
    found = {(r["variant"], r["layout"], r["head"]): r for r in results}
    for (name, layout, head), r in found.items():
        if not head:
            heads = [found[name, layout, each]["after 1 s"] for each in HEADS[1:]]
            seen = f"{word(r['committed'])}, {word(r['committed at last'])}"
            shares = [share(r[column]) for column in ("at once", *SHOWN)]
            lines.append([name, layout, *shares, seen, *map(share, heads)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def word(committed: bool) -> str:
    return "yes" if committed else "no"


def share(old: float) -> str:
    return f"{old:.0%}" if old >= 0 else "error"


if __name__ == "__main__":
    raise SystemExit(main())
