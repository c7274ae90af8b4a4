"""What SessionPolicy costs of a page with fifty rows: `python -m tests.kit.cost`, in an environment
with the kit. It is asked by turns, with, without, without, with; the fastest fifth counts, as
others use the machine too.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from flask import Flask, g, render_template
from flask.testing import FlaskClient
from jinja2 import DictLoader
from session_policy import SessionPolicy, events  # before sessions are made
from sqlalchemy import ForeignKey, create_engine, event, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    mapped_column,
    relationship,
)
from sqlalchemy.pool import Pool

URL = "postgresql+psycopg://"
TURNS = 400
LISTENED = (
    (Session, "after_begin", events.begun),
    (Session, "after_commit", events.committed),
    (Session, "after_transaction_end", events.ended),
    (Session, "after_soft_rollback", events.rolled_back_to_savepoint),
    (Session, "transient_to_pending", events.added),
    (Engine, "after_cursor_execute", events.executed),
    (Engine, "commit", events.connection_committed),
    (Engine, "rollback", events.connection_rolled_back),
    (Pool, "checkin", events.given_back),
)
PAGE = """<h1>{{ count }}</h1><table>{% for row in rows %}<tr id="{{ row.id }}">
<td>{{ row.day }}<td>{{ row.amount }}<td>{{ row.label }}<td>{{ row.owner.name }}</tr>
{% endfor %}</table>"""


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "cost_owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Row(Base):
    __tablename__ = "cost_row"
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[int]
    amount: Mapped[Decimal]
    label: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("cost_owner.id"))
    owner: Mapped[Owner] = relationship()


def fill() -> None:
    engine = create_engine(URL)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(Owner(id=n, name=f"owner {n}") for n in range(20))
        session.add_all(
            Row(id=n, day=n % 30, amount=Decimal(n), label="", owner_id=n % 20) for n in range(500)
        )


def create_app() -> Flask:
    app = Flask(__name__)
    app.jinja_loader = DictLoader({"page.html": PAGE})
    app.engine = create_engine(URL, isolation_level="REPEATABLE READ")

    @app.get("/")
    def page():
        g.session = Session(app.engine)
        count = g.session.scalar(select(func.count()).select_from(Row))
        query = select(Row).options(joinedload(Row.owner)).order_by(Row.day, Row.id).limit(50)
        rows = g.session.scalars(query).all()
        answer = app.make_response(render_template("page.html", rows=rows, count=count))
        answer.cache_control.no_store = True
        return answer

    @app.teardown_appcontext
    def close(_error):
        g.session.close()

    return app


@contextmanager
def without(app: Flask, policy: SessionPolicy) -> Iterator[None]:
    """As if it had not been there: the same process, as two differ by more than it costs."""
    app.wsgi_app = policy.inner
    for listened in LISTENED:
        event.remove(*listened)
    yield
    for listened in LISTENED:
        event.listen(*listened)
    app.wsgi_app = policy


type Times = list[tuple[float, float]]  # ms of processor, and that somebody waits


def asked(client: FlaskClient) -> Times:
    client.get("/").close()  # to warm up
    return [timed(client), timed(client)]


def timed(client: FlaskClient) -> tuple[float, float]:
    begin = time.thread_time(), time.perf_counter()
    client.get("/").close()
    end = time.thread_time(), time.perf_counter()
    return (end[0] - begin[0]) * 1000, (end[1] - begin[1]) * 1000


def fastest(times: list[float]) -> float:
    return statistics.fmean(sorted(times)[: len(times) // 5])


def main() -> None:
    fill()
    app = create_app()
    policy = SessionPolicy(app, app.engine)
    client = app.test_client()
    bare: Times = []
    watched: Times = []
    for _ in range(TURNS):
        watched += asked(client)
        with without(app, policy):
            bare += asked(client) + asked(client)
        watched += asked(client)
    assert policy.reports == []
    for n, what in enumerate(("of processor", "that somebody waits")):
        less, more = (fastest([each[n] for each in times]) for times in (bare, watched))
        print(f"{less:.2f} ms {what} without, {more:.2f} ms with it: {more / less - 1:+.1%}")


if __name__ == "__main__":
    main()
