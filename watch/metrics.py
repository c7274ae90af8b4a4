"""What Prometheus scrapes. Each server process counts into a file of its own, in the folder that
PROMETHEUS_MULTIPROC_DIR names, and whichever is asked answers for all of them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from watch.database import Connection, connected, is_fresh, longest, silence
from watch.seen import Seen

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = {"GET", "HEAD", "POST"}
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds
OPEN = "stream"  # the view of an answer that is meant to last

of_process = CollectorRegistry()


def gauge(name: str, text: str, mode: str) -> Gauge:
    return Gauge(f"txproject_{name}", text, registry=of_process, multiprocess_mode=mode)  # type: ignore[arg-type]


def counter(name: str, text: str, *labels: str) -> Counter:
    return Counter(f"txproject_{name}", text, labels, registry=of_process)


REQUESTS = counter("requests", "Requests", "view", "method", "status")
STATEMENTS = counter("statements", "SQL statements of requests", "view")
EVENTS = counter("events", "Events sent to open pages", "event")
SECONDS = Histogram(
    "txproject_request_seconds",
    "Until the answer began; without streams to open pages",
    ["view", "method"],
    buckets=BUCKETS,
    registry=of_process,
)
PROCESSES = gauge("processes", "Server processes", "livesum")
LISTENING = gauge("listening", "Server processes that hear of changes", "livesum")
WORKERS = gauge("workers", "Processes of ./dev run that work on files", "livesum")
STREAMS = gauge("streams", "Streams to open pages", "livesum")
NOTICE = gauge("last_notice_timestamp_seconds", "When a change was last heard of", "livemax")


def observe(method: str, seen: Seen) -> None:
    view, method = seen.route or "none", method if method in METHODS else "other"
    REQUESTS.labels(view, method, seen.status).inc()
    STATEMENTS.labels(view).inc(seen.statements)
    if view != OPEN:
        SECONDS.labels(view, method).observe(seen.waited)


def exposed() -> bytes:
    counted = of_process
    if folder := os.environ.get(FOLDER):
        forget_the_dead(Path(folder))
        counted = CollectorRegistry()
        MultiProcessCollector(counted, folder)  # type: ignore[no-untyped-call]
    found = CollectorRegistry()
    found.register(Deployment())
    return generate_latest(counted) + generate_latest(found)


def counting() -> set[int]:
    """The processes that have a file, or this one."""
    if folder := os.environ.get(FOLDER):
        return {int(path.stem.rpartition("_")[2]) for path in Path(folder).glob("*.db")}
    return {os.getpid()}


def forget_the_dead(folder: Path) -> None:
    """What they have counted stays; what they had open has gone with them."""
    for pid in counting():
        if not lives(pid):
            with suppress(FileNotFoundError):  # somebody else who asks has done it
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def lives(pid: int) -> bool:
    """One that has ended stays as a zombie where its parent hangs."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Deployment(Collector):
    """What is looked for when it is asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield memory()
        answers, found = 0, list[GaugeMetricFamily]()
        try:
            with connected() as asked:
                answers = 1
                found = [each(asked) for each in ASKED]
        except psycopg.errors.UndefinedTable:
            pass  # its migrations are missing: health says so
        except psycopg.OperationalError:
            answers = 0
        yield GaugeMetricFamily("txproject_database_up", "Whether PostgreSQL answers", answers)
        yield from found


def memory() -> GaugeMetricFamily:
    made = GaugeMetricFamily(
        "txproject_memory_bytes", "Resident memory of processes", labels=["pid"]
    )
    for pid in counting():
        with suppress(psutil.NoSuchProcess):
            made.add_metric([str(pid)], psutil.Process(pid).memory_info().rss)
    return made


def table(
    asked: Connection, name: str, text: str, labels: list[str], query: str
) -> GaugeMetricFamily:
    """Of a query whose last column is the value and whose others are the labels."""
    made = GaugeMetricFamily(f"txproject_{name}", text, labels=labels)
    for *of, value in asked.execute(query).fetchall():
        made.add_metric(of, value)
    return made


def jobs(asked: Connection) -> GaugeMetricFamily:
    query = "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2"
    return table(asked, "jobs", "Jobs of workers", ["queue", "status"], query)


def oldest(asked: Connection) -> GaugeMetricFamily:
    query = (
        "SELECT coalesce(extract(epoch FROM now() - min(at)), 0)::float"
        " FROM procrastinate_jobs AS job JOIN procrastinate_events AS event ON job_id = job.id"
        " WHERE status = 'todo' AND type = 'deferred'"
    )
    return table(asked, "oldest_job_seconds", "Age of the job that waits longest", [], query)


def under_way(asked: Connection) -> GaugeMetricFamily:
    text = "How long the job that is under way longest has been"
    return GaugeMetricFamily("txproject_longest_job_seconds", text, longest(asked))


def uploads(asked: Connection) -> GaugeMetricFamily:
    query = "SELECT state, count(*) FROM imports_upload GROUP BY 1 ORDER BY 1"
    return table(asked, "uploads", "Uploaded files by what became of them", ["state"], query)


def imports(asked: Connection) -> GaugeMetricFamily:
    query = "SELECT count(*) FROM transactions_importbatch"
    return table(asked, "imports", "Files that were imported, by whatever way", [], query)


def workers(asked: Connection) -> GaugeMetricFamily:
    text = "Whether a worker’s heart beats"
    return GaugeMetricFamily("txproject_worker_up", text, int(is_fresh(silence(asked))))


ASKED = (jobs, oldest, under_way, uploads, imports, workers)
