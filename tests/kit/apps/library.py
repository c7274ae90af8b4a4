"""(a) Books on loan: blueprints and a factory, SQLAlchemy without Flask-SQLAlchemy."""

from flask import Blueprint, Flask, abort, current_app, g, redirect, render_template_string, request
from session_policy import SessionPolicy
from sqlalchemy import String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

PAGE = """<h1>{{ count }} books</h1><form>Shelf <input name="shelf"></form>
<ul>{% for book in books %}<li id="b{{ book.id }}">{{ book.title }}: {{ book.reader }}</li>
{% endfor %}</ul>"""
books = Blueprint("books", __name__)
loans = Blueprint("loans", __name__, url_prefix="/loans")


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    shelf: Mapped[str] = mapped_column(String(20))
    reader: Mapped[str] = mapped_column(String(40), default="")
    remark: Mapped[str] = mapped_column(String(40), default="")


def fill(engine):
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(
            Book(id=n, title=f"Book {n}", shelf="A" if n % 2 else "B", reader="nobody", remark="")
            for n in range(1, 51)
        )


def create_app(url, fault=""):
    app = Flask(__name__)
    app.config["FAULT"] = fault
    app.engine = create_engine(url)
    pages = app.engine.execution_options(isolation_level="REPEATABLE READ")
    app.pages = pages
    app.register_blueprint(books)
    app.register_blueprint(loans)
    app.shown = {}
    if fault == "identity":
        app.long = Session(app.engine)  # fault: identity
    if fault == "snapshot":
        app.long = Session(pages)  # fault: snapshot
    if fault == "uncommitted":
        app.desk = Session(app.engine)  # fault: uncommitted
    app.teardown_appcontext(close)
    app.after_request(say_no_store)
    app.policy = SessionPolicy(app, app.engine)
    return app


def is_fault(name):
    return current_app.config["FAULT"] == name


def session():
    if "session" not in g:
        g.session = Session(current_app.engine)
    return g.session


def reading():
    """A snapshot of this request."""
    if is_fault("identity") or is_fault("snapshot"):
        return current_app.long
    if "session" not in g:
        g.session = Session(current_app.pages)
    return g.session


def close(_error):
    if opened := g.pop("session", None):
        opened.close()


def say_no_store(response):
    if is_fault("browser"):
        response.headers["Cache-Control"] = "private, max-age=60"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


@books.get("/")  # fault: browser
def shelf():
    wanted = request.args.get("shelf", "A")
    if is_fault("kept") and wanted in current_app.shown:
        return current_app.shown[wanted]
    query = select(Book).where(Book.shelf == wanted)
    count = reading().scalar(select(func.count()).select_from(query.subquery()))  # fault: kept
    rows = reading().scalars(query.order_by(Book.title, Book.id)).all()  # fault: kept
    if is_fault("identity"):
        current_app.shown["rows"] = rows
    answer = render_template_string(PAGE, books=rows, count=count)
    current_app.shown[wanted] = answer
    return answer


@loans.post("/<int:key>")
def lend(key):
    name = request.form["reader"]
    if is_fault("uncommitted"):
        desk = current_app.desk
        desk.get(Book, key).reader = name  # fault: uncommitted
        desk.flush()
    elif is_fault("lost"):
        (session().get(Book, key) or abort(404)).reader = name  # fault: lost
        session().flush()
    else:
        with session().begin():
            (session().get(Book, key) or abort(404)).reader = name
    return redirect("/", 303)


@loans.post("/<int:key>/remark")
def remark(key):
    """The other function that writes."""
    current_app.shown.pop("A", None)
    work = current_app.desk if is_fault("uncommitted") else session()
    work.get(Book, key).remark = request.form["remark"]
    work.commit()
    if is_fault("identity") or is_fault("snapshot"):
        current_app.long.commit()
    return redirect("/", 303)
