"""(b) Visits to a clinic: class-based views with Flask-SQLAlchemy."""

from functools import lru_cache

from flask import Flask, current_app, jsonify, redirect, request
from flask.views import MethodView
from flask_sqlalchemy import SQLAlchemy
from session_policy import SessionPolicy
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session, sessionmaker

db = SQLAlchemy()
SNAPSHOT = {"isolation_level": "REPEATABLE READ"}


class Visit(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    doctor = db.Column(db.String(40), nullable=False)
    hour = db.Column(db.Integer, nullable=False)
    state = db.Column(db.String(40), nullable=False)
    room = db.Column(db.String(20), nullable=False)

    def as_json(self):
        return {"id": self.id, "hour": self.hour, "state": self.state, "room": self.room}


def fill(engine):
    db.Model.metadata.drop_all(engine)
    db.Model.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(
            Visit(id=n, doctor="Ива́нова" if n % 2 else "Roe", hour=n // 4, state="booked", room="1")
            for n in range(1, 51)
        )


class Visits(MethodView):
    def get(self):
        doctor = request.args.get("doctor", "Roe")
        return jsonify(self.listed(doctor))

    def listed(self, doctor):
        session = self.snapshot()
        query = select(Visit).where(Visit.doctor == doctor)
        count = session.scalar(
            select(func.count()).select_from(query.subquery())  # fault: query
        )  # fault: kept
        rows = session.scalars(query.order_by(Visit.hour, Visit.id)).all()  # fault: query kept
        self.remember(rows)
        return {"count": count, "visits": [row.as_json() for row in rows]}

    def snapshot(self):
        db.session.connection(execution_options=SNAPSHOT)
        return db.session

    def remember(self, rows):
        """Nothing: a page is read for its request."""


class TornVisits(Visits):
    def snapshot(self):
        return db.session


class KeptVisits(Visits):
    init_every_request = False

    @lru_cache  # noqa: B019
    def listed(self, doctor):
        return super().listed(doctor)


class RegistryVisits(Visits):
    def snapshot(self):
        return current_app.pages()  # fault: identity snapshot

    def remember(self, rows):
        current_app.last_shown = rows


class OneVisit(MethodView):
    def post(self, key):
        with db.session.begin():
            db.session.get(Visit, key).state = request.form["state"]
        return redirect("/visits/", 303)


class VisitInAnotherSession(OneVisit):
    def post(self, key):
        visit = current_app.pages.get(Visit, key)
        visit.state = request.form["state"]  # fault: uncommitted
        db.session.commit()
        return redirect("/visits/", 303)


class VisitInASavepoint(OneVisit):
    def post(self, key):
        with db.session.begin_nested():
            db.session.get(Visit, key).state = request.form["state"]  # fault: lost
        return redirect("/visits/", 303)


class Room(MethodView):
    """The other function that writes."""

    def post(self, key):
        session = self.session()
        session.get(Visit, key).room = request.form["room"]
        session.commit()
        return redirect("/visits/", 303)

    def session(self):
        return db.session


class RoomOfRegistry(Room):
    def session(self):
        return current_app.pages


VIEWS = {
    "uncommitted": (Visits, VisitInAnotherSession, RoomOfRegistry),
    "lost": (Visits, VisitInASavepoint, Room),
    "identity": (RegistryVisits, OneVisit, RoomOfRegistry),
    "snapshot": (RegistryVisits, OneVisit, RoomOfRegistry),
    "kept": (KeptVisits, OneVisit, Room),
    "query": (TornVisits, OneVisit, Room),
}


def create_app(url, fault=""):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    visits, visit, room = VIEWS.get(fault, (Visits, OneVisit, Room))
    app.add_url_rule("/visits/", view_func=visits.as_view("visits"))
    app.add_url_rule("/visits/<int:key>", view_func=visit.as_view("visit"))
    app.add_url_rule("/visits/<int:key>/room", view_func=room.as_view("room"))
    app.after_request(say_no_store)
    app.policy = SessionPolicy(app, db)
    with app.app_context():
        engine = db.engine
    if fault == "snapshot":
        engine = engine.execution_options(**SNAPSHOT)
    app.pages = scoped_session(sessionmaker(engine))
    return app


def say_no_store(response):
    response.headers["Cache-Control"] = "no-store"
    return response
