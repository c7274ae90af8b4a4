"""The right application. A variant overrides a few of these methods, and nothing else.

Its policy, whole: every request has one Session, from one registry (Flask-SQLAlchemy's, scoped
to the request); a page is one read-only snapshot that ends with it; a write is one transaction
that is committed, or rolled back, before the answer leaves; nothing read outlives its request.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, redirect, render_template, request
from sqlalchemy import Engine, func, select

from diagnosis.app.models import Contact, Transaction, db

FILTERS = ("wallet", "type", "asset", "address", "label")
SIZE = 25
SNAPSHOT = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mysql": {"isolation_level": "REPEATABLE READ"},
    "sqlite": {},  # one file, one version: a transaction that reads is a snapshot
}
# As PEP 249 has it: what is read is in a transaction too. Who meets a lock gives up soon.
SQLITE = {"autocommit": False, "timeout": 0.2}
# What was tried at the head of the view.
HEADS = {
    "remove": lambda: db.session.remove(),
    "expire_all": lambda: db.session.expire_all(),
    "": lambda: None,
}


class Application:
    """The right application"""

    family = ""  # what the decision tree should name
    also = ""  # another fault that it has, and that may be the only one to be seen
    look = "page"  # how to see it: page, walk, import, busy, link, back
    needs = ""  # standby
    only = ""  # a kind of database
    returns = True  # whether a page that the browser's Back restores asks again
    entity = Transaction
    order = (Transaction.occurred_at.desc(), Transaction.id.desc())

    def create(self, url: str, head: str = "") -> Flask:
        self.app = Flask(__name__)
        self.head = HEADS[head]
        options: dict = {"pool_pre_ping": True}  # the database may have been restarted
        if url.startswith("sqlite"):
            options["connect_args"] = SQLITE
        self.app.config |= {
            "SECRET_KEY": "of a laboratory",
            "SQLALCHEMY_DATABASE_URI": url,
            "SQLALCHEMY_ENGINE_OPTIONS": options,
        }
        db.init_app(self.app)
        with self.app.app_context():
            self.engine = db.engine
        self.app.add_url_rule("/", view_func=self.list_view)
        self.app.add_url_rule("/label/<int:key>", view_func=self.label_view, methods=["POST"])
        self.app.add_url_rule("/contact", view_func=self.contact_view, methods=["POST"])
        self.app.add_url_rule("/about", view_func=lambda: '<a href="/">Transactions</a>')
        self.app.after_request(self.headers)
        self.app.after_request(say_who)
        self.watch(self.app, self.engine)
        self.start()
        return self.app

    def watch(self, app: Flask, engine: Engine) -> None:
        """For tests: the kit looks at it."""

    def start(self) -> None:
        """What a module does when it is imported."""

    # views

    def list_view(self) -> str:
        self.head()
        return self.page(request.args.to_dict())

    def label_view(self, key: int) -> Response:
        self.set_label(key, request.form["label"])
        return redirect("/", 303)

    def contact_view(self) -> Response:
        self.set_contact(request.form["address"], request.form["name"])
        return redirect("/", 303)

    def headers(self, response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return response

    # the policy

    @contextmanager
    def reading(self) -> Iterator:
        """One page, one snapshot, of this request."""
        db.session.connection(execution_options=SNAPSHOT[self.engine.dialect.name])
        try:
            yield db.session
        finally:
            db.session.rollback()

    @contextmanager
    def writing(self) -> Iterator:
        """Commits, or rolls back and raises, before the answer leaves."""
        with db.session.begin():
            yield db.session

    # queries

    def page(self, wanted: dict[str, str]) -> str:
        """Rendered inside the snapshot."""
        with self.reading() as session:
            count = self.count(session, wanted)
            rows = self.rows(session, wanted)
            choices = self.choices(session)
            return self.rendered(rows, count, choices)

    def rendered(self, rows: list, count: int, choices: list[str]) -> str:
        return render_template(
            "page.html", rows=rows, count=count, choices=choices, returns=self.returns
        )

    def matching(self, wanted: dict[str, str]):
        asked = {name: wanted[name] for name in FILTERS if wanted.get(name)}
        return select(self.entity).filter_by(**asked)

    def rows(self, session, wanted: dict[str, str]) -> list:
        statement = self.matching(wanted).order_by(*self.order)
        start = (int(wanted.get("page", 1)) - 1) * SIZE
        return session.scalars(statement.limit(SIZE).offset(start)).all()

    def count(self, session, wanted: dict[str, str]) -> int:
        return session.scalar(select(func.count()).select_from(self.matching(wanted).subquery()))

    def choices(self, session) -> list[str]:
        return session.scalars(select(Transaction.label).distinct()).all()

    # writes

    def set_label(self, key: int, label: str) -> None:
        with self.writing() as session:
            session.get(Transaction, key).label = label

    def set_contact(self, address: str, name: str) -> None:
        """The other function that touches the database."""
        with self.writing() as session:
            session.get(Contact, address).name = name


def say_who(response: Response) -> Response:
    """So that whoever measures knows that all of them have been asked."""
    response.headers["X-Worker"] = f"{os.getpid()}:{threading.get_ident()}"
    return response
