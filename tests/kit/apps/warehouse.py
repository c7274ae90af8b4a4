"""(c) Goods in a warehouse: a scoped_session made by hand, served by gunicorn with threads."""

import threading
from html import escape

from flask import Flask, request
from session_policy import SessionPolicy
from sqlalchemy import String, create_engine, select, update
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)


class Base(DeclarativeBase):
    pass


class Good(Base):
    __tablename__ = "goods"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    place: Mapped[str] = mapped_column(String(20))
    quality: Mapped[str] = mapped_column(String(40))
    checked: Mapped[str] = mapped_column(String(20))


def fill(engine):
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(
            Good(code=f"G{n:03}", place="left" if n % 2 else "right", quality="good", checked="no")
            for n in range(50)
        )


def create_app(url, fault=""):  # noqa: C901
    app = Flask(__name__)
    engine = create_engine(url)
    goods = scoped_session(sessionmaker(engine))
    pages = goods
    known = {}
    app.policy = SessionPolicy(app, engine)
    if fault in ("identity", "snapshot"):
        level = "REPEATABLE READ" if fault == "snapshot" else "READ COMMITTED"
        pages = scoped_session(sessionmaker(engine.execution_options(isolation_level=level)))

    @app.teardown_request
    def end(_error):
        goods.remove()

    @app.after_request
    def say_no_store(response):
        response.headers["Cache-Control"] = (
            "max-age=300" if fault == "browser" else "no-store, private"
        )
        return response

    @app.get("/goods")  # fault: browser
    def listing():
        place = request.args.get("place", "left")
        if fault == "kept":
            codes = goods.scalars(select(Good.code).where(Good.place == place).order_by(Good.code))
            rows = [known.get(code) or read(code) for code in codes]
        else:
            chosen = select(Good).where(Good.place == place)
            rows = pages.scalars(chosen.order_by(Good.code)).all()  # fault: identity snapshot
        if fault == "identity":
            known[threading.get_ident()] = rows
        return "".join(f"<p>{row.code}: {escape(row.quality)}</p>" for row in rows)

    def read(code):
        row = goods.get(Good, code)  # fault: kept
        goods.expunge(row)
        return known.setdefault(code, row)

    @app.post("/goods/<code>/quality")
    def set_quality(code):
        quality = request.form["quality"]
        statement = update(Good).where(Good.code == code).values(quality=quality)
        goods.execute(statement)  # fault: uncommitted lost
        if fault == "uncommitted":
            return committed_later(goods())
        if fault != "lost":
            goods.commit()
        return "saved"

    def committed_later(session):
        """The session is kept from remove(), and committed when the answer has been sent."""
        goods.registry.clear()
        response = app.make_response("saved")
        response.call_on_close(session.commit)  # fault: uncommitted
        return response

    @app.post("/goods/<code>/checked")
    def check(code):
        """The other function that writes."""
        goods.get(Good, code).checked = request.form["checked"]
        goods.commit()
        known.clear()
        if pages is not goods:
            pages.commit()
        return "saved"

    return app
