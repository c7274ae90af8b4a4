"""Started by ./dev bench: makes the database, then runs the parts one after the other."""

import os
import platform
import signal
import sys
import time
import traceback
from importlib import import_module

from bench.chart import chart
from bench.database import Place, made
from bench.options import parse
from bench.results import Results
from bench.running import Bench
from bench.shape import Shape


def main(args: list[str]) -> int:
    options = parse(args)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    place = Place.joined()
    shape = Shape.of(options.small)
    conninfo = made(place, shape)
    # Django, in this process, is on the same database.
    os.environ |= {"DATABASE_URL": conninfo, "DJANGO_SETTINGS_MODULE": "txproject.settings"}
    os.environ["TXPROJECT_DATA"] = str(place.folder)
    import django

    django.setup()
    results = Results(machine=machine())
    with Bench(options, place, shape, conninfo, results) as bench:
        for name in options.parts:
            print(f"\n{name}", flush=True)
            try:
                import_module(f"bench.parts.{name}").run(bench)
            except Exception as error:
                # What the other parts have measured is not lost with it.
                traceback.print_exc()
                results.failed.append(f"{name}: {error!r}")
    finish(place, results)
    return 1 if results.failed else 0


def machine() -> dict[str, object]:
    return {
        "at": time.strftime("%Y-%m-%d %H:%M"),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
    }


def finish(place: Place, results: Results) -> None:
    results.machine["load_after"] = os.getloadavg()[0]
    name = time.strftime("%Y%m%d-%H%M%S")
    print(f"\n{results.table()}")
    for note in (*results.notes, *results.failed):
        print(note)
    path = place.folder / f"{name}.json"
    results.write(path)
    print(f"\n{path}")
    if drawn := chart(results):
        path.with_suffix(".svg").write_text(drawn)
        print(path.with_suffix(".svg"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
