"""What is right although it looks wrong, and what the four applications do not show."""

import threading
from pathlib import Path

import pytest
from flask import Flask, Response, request, stream_with_context
from session_policy import PolicyBroken, SessionPolicy, outside
from session_policy.changes import Refused
from session_policy.serving import served
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


@pytest.fixture
def engine():
    engine = create_engine("postgresql+psycopg://", pool_size=2, max_overflow=0)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all([Thing(id=1, name="one"), Thing(id=2, name="two")])
    yield engine
    engine.dispose()


@pytest.fixture
def app(engine):
    app = Flask(__name__)
    app.policy = SessionPolicy(app, engine)
    app.after_request(say_no_store)
    return app


def say_no_store(response):
    response.headers["Cache-Control"] = "no-store"
    return response


def asked(app, view):
    """The families of what is reported, after two requests."""
    app.add_url_rule("/", view_func=view, methods=["GET", "POST"])
    for _ in range(2):
        app.test_client().post("/").close()
    app.policy.check()
    return [report.family for report in app.policy.reports]


def test_rollback_of_a_refused_row_is_meant(app, engine):
    def view():
        with Session(engine) as session:
            session.add(Thing(name="one"))
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
        return "there already"

    assert asked(app, view) == []


def test_row_that_is_refused_within_a_savepoint_is_meant(app, engine):
    def view():
        with Session(engine) as session:
            try:
                with session.begin_nested():
                    session.add(Thing(name="one"))
            except IntegrityError:
                pass
        return "there already"

    assert asked(app, view) == []


def test_error_rolls_back_and_is_answered_so(app, engine):
    def view():
        with Session(engine) as session:
            session.get(Thing, 1).name = "three"
            session.flush()
        return "no", 409

    assert asked(app, view) == []


def test_same_value_is_no_change(app, engine):
    def view():
        with Session(engine) as session:
            session.get(Thing, 1).name = "one"
        return "saved"

    assert asked(app, view) == []


def test_streamed_answer_may_read_until_its_end(app, engine):
    sessions = scoped_session(sessionmaker(engine))

    @app.teardown_appcontext
    def end(_error):
        sessions.remove()

    def view():
        def rows():
            for thing in sessions.scalars(select(Thing).order_by(Thing.id)):
                yield thing.name

        return Response(stream_with_context(rows()))

    app.add_url_rule("/stream", view_func=view)
    with app.test_client().get("/stream") as answer:
        assert answer.data == b"onetwo"
    assert app.policy.reports == []


def test_client_that_keeps_its_context_is_not_accused(app, engine):
    sessions = scoped_session(sessionmaker(engine))

    @app.teardown_appcontext
    def end(_error):
        sessions.remove()

    app.add_url_rule("/", view_func=lambda: sessions.get(Thing, 1).name)
    with app.test_client() as client:
        client.get("/")
    assert app.policy.reports == []


def test_write_past_the_orm_without_commit_is_lost(app, engine):
    def view():
        with engine.connect() as connection:
            connection.execute(text("UPDATE thing SET name = 'three' WHERE id = 1"))
        return "saved"

    assert asked(app, view) == ["lost"]


def test_write_that_commits_by_itself_is_right(app, engine):
    def view():
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("UPDATE thing SET name = 'three' WHERE id = 1"))
        return "saved"

    assert asked(app, view) == []


def test_connection_that_goes_back_in_the_middle_is_uncommitted(app):
    helper = create_engine("postgresql+psycopg://", pool_reset_on_return=None)

    def view():
        connection = helper.raw_connection()
        connection.cursor().execute("UPDATE thing SET name = name WHERE id = 1")
        connection.close()
        return "saved"

    assert asked(app, view) == ["uncommitted"]
    helper.dispose()


def test_session_of_two_threads_at_once_loses(app, engine):
    """One request ends the session in which the other writes."""
    sessions = scoped_session(sessionmaker(engine), scopefunc=lambda: 1)
    written, ended = threading.Event(), threading.Event()

    @app.post("/write")
    def write():
        sessions.get(Thing, 1).name = "three"
        sessions.flush()
        written.set()
        ended.wait(10)
        return "saved"

    @app.get("/read")
    def read():
        sessions.remove()
        return "read"

    writer = threading.Thread(target=lambda: app.test_client().post("/write").close())
    writer.start()
    written.wait(10)
    app.test_client().get("/read").close()
    ended.set()
    writer.join()

    assert [report.family for report in app.policy.reports] == ["lost"]
    assert "in which POST /write works, was ended by GET /read" in str(app.policy.reports[0])


def test_page_that_is_kept_is_seen_although_something_else_reads(app, engine):
    kept = []

    @app.before_request
    def login():
        with Session(engine) as session:
            session.execute(text("SELECT 1 FROM pg_class LIMIT 1"))

    def view():
        with Session(engine) as session:
            kept[:] = kept or [session.get(Thing, 1).name]
        return kept

    app.add_url_rule("/", view_func=view)
    for _ in range(2):
        app.test_client().get("/").close()
    assert [report.family for report in app.policy.reports] == ["kept"]


def test_page_that_reads_less_and_is_shorter_is_right(app, engine):
    def view():
        with Session(engine) as session:
            session.execute(text("SELECT 1 FROM pg_class LIMIT 1"))
            return session.get(Thing, 1).name if "name" in request.headers else ""

    app.add_url_rule("/", view_func=view)
    for headers in ({"name": "shown"}, {}):
        app.test_client().get("/", headers=headers).close()
    assert app.policy.reports == []


def test_object_that_is_expunged_and_kept_is_named(app, engine):
    kept = []

    def view():
        with Session(engine) as session:
            kept.append(session.get(Thing, 1))
            session.expunge(kept[-1])
        return "read"

    assert asked(app, view) == ["kept"]


def test_values_that_are_read_before_the_first_request_are_kept(app, engine, monkeypatch):
    monkeypatch.setattr(outside, "has_begun", False)
    with Session(engine) as session:
        session.scalars(select(Thing)).all()
        session.scalars(select(Thing.name)).all()

    assert asked(app, lambda: "nothing") == ["kept"]
    assert f":{line_of('select(Thing.name)')} " in str(app.policy.reports[0])


def line_of(text):
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_another_database_is_elsewhere(app, engine):
    standby = create_engine("sqlite://", poolclass=StaticPool)

    def view():
        with Session(standby) as session:
            return str(session.scalar(text("SELECT 1")))

    assert asked(app, view) == ["elsewhere"]


def test_report_is_raised_where_it_is_asked_for(engine):
    app = Flask(__name__)
    SessionPolicy(app, engine, raises=True)
    app.add_url_rule("/", view_func=lambda: str(Session(engine).get(Thing, 1).name))
    app.add_url_rule("/two", endpoint="two", view_func=lambda: "nothing")

    with pytest.raises(PolicyBroken, match=r"browser: .*check_rules\.py:"):
        app.test_client().get("/")
    app.test_client().get("/two")


def broken_app():
    raise ValueError("no such setting")


def test_application_that_cannot_be_made_is_said():
    with pytest.raises(Refused, match="was not made in another process"), served(broken_app, 2):
        pass
