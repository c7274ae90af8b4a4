"""(d) Letters to be sent: a thread with an application context does the work, as Celery would."""

import threading
from queue import Queue

from flask import Flask, redirect, render_template_string, request
from flask_sqlalchemy import SQLAlchemy
from session_policy import SessionPolicy
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

db = SQLAlchemy()
PAGE = """<table>{% for letter in letters %}
<tr id="{{ letter.id }}"><td>{{ letter.day }}<td>{{ letter.address }}</tr>{% endfor %}</table>"""
SIZE = 20


class Letter(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[int]
    address: Mapped[str]
    stamp: Mapped[str]


def fill(engine):
    db.Model.metadata.drop_all(engine)
    db.Model.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(
            Letter(id=n, day=n // 10, address="nowhere", stamp="none") for n in range(1, 51)
        )


class Clerk:
    """Does one job after the other."""

    def __init__(self, app, one_context):
        self.app, self.jobs = app, Queue()
        self.shown = []
        work = self.in_one_context if one_context else self.in_many
        threading.Thread(target=work, daemon=True).start()

    def do(self, job, *values):
        answer = Queue()
        self.jobs.put((job, values, answer))
        return answer.get(timeout=10)

    def in_many(self):
        while True:
            job, values, answer = self.jobs.get()
            with self.app.app_context():
                done = job(*values)
            answer.put(done)

    def in_one_context(self):
        with self.app.app_context():
            while True:
                job, values, answer = self.jobs.get()
                answer.put(job(*values))

    def write(self, key, address):
        with db.session.begin():
            db.session.get(Letter, key).address = address

    def write_and_flush(self, key, address):
        letter = db.session.get(Letter, key)
        letter.address = address  # fault: uncommitted lost
        db.session.flush()

    def stamp(self, key, stamp):
        letter = db.session.get(Letter, key)
        letter.stamp = stamp
        db.session.commit()

    def read(self):
        self.shown = listed(db.session)  # fault: kept identity snapshot
        return [{"id": each.id, "day": each.day, "address": each.address} for each in self.shown]


def listed(session, *order):
    order = order or (Letter.day, Letter.id)
    query = select(Letter).order_by(*order).limit(SIZE)
    return session.scalars(query).all()  # fault: order


def create_app(url, fault=""):
    app = Flask(__name__)
    level = "REPEATABLE READ" if fault == "snapshot" else "READ COMMITTED"
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"isolation_level": level}
    db.init_app(app)
    app.policy = SessionPolicy(app, db, patience=0.3)
    clerk = Clerk(app, fault in ("uncommitted", "identity", "snapshot"))
    write = clerk.write_and_flush if fault in ("uncommitted", "lost") else clerk.write

    @app.get("/letters")
    def letters():
        if fault in ("identity", "snapshot"):
            rows = clerk.do(clerk.read)
        elif fault == "kept":
            rows = clerk.shown or clerk.do(clerk.read)  # what was read stays until one is stamped
        elif fault == "order":
            rows = listed(db.session, Letter.day)
        else:
            rows = listed(db.session)
        answer = app.make_response(render_template_string(PAGE, letters=rows))
        answer.cache_control.no_store = True
        return answer

    @app.post("/letters/<int:key>")
    def address(key):
        if fault in ("identity", "snapshot"):
            with db.session.begin():
                db.session.get(Letter, key).address = request.form["address"]
        else:
            clerk.do(write, key, request.form["address"])
        return redirect("/letters", 303)

    @app.post("/letters/<int:key>/stamp")
    def stamp(key):
        """The other function that writes."""
        clerk.do(clerk.stamp, key, request.form["stamp"])
        clerk.shown = []
        return redirect("/letters", 303)

    return app
