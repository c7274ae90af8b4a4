"""The page in Flask 3, SQLAlchemy 2 and Jinja2. Its policy is diagnosis/app/right.py's: one
Session per request, a page is one read-only snapshot that it is rendered in, a write is one
transaction that is committed before the answer leaves."""

import hashlib
import hmac
import os
from base64 import b64encode
from pathlib import Path
from secrets import token_hex, token_urlsafe
from urllib.parse import urlencode

import psycopg
from flask import Flask, Response, abort, redirect, render_template, request, session
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from bench.flask_page import queries
from bench.flask_page.models import User
from bench.flask_page.rows import ICONS, Beside, formatted, groups, prepare

SHOWN_TOTALS = 4
ANNOTATOR = 2
OURS = Path(__file__).resolve().parent.parent.parent / "templates"
SECTIONS = (
    ("transactions", "Transactions"), ("contacts", "Contacts"), ("unidentified", "Unidentified"),
    ("wallets", "Wallets"), ("transfers", "Transfers"), ("labels", "Labels"),
    ("imports", "Imports"),
)  # fmt: skip


def create(conninfo: str, threads: int) -> Flask:
    app = Flask(__name__)
    # Of all workers, so that one knows who logged in at another.
    app.secret_key = hashlib.sha256(os.environ["BENCH_PASSWORD"].encode()).digest()
    app.json.compact = True
    prepare_templates(app)
    # One connection for each thread, kept; no ping before each use.
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(conninfo),
        pool_size=threads,
        max_overflow=0,
        pool_reset_on_return="rollback",
    )
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @app.get("/login/")
    def login_form() -> str:
        session.setdefault("csrf", token_hex(16))
        return "<form method=post></form>"

    @app.post("/login/")
    def login() -> Response:
        form = request.form
        with Session(engine) as db:
            found = select(User.id, User.password).where(User.username == form["username"])
            who = db.execute(found).one_or_none()
        if not (who and is_password(form["password"], who.password)):
            abort(403)
        session["user"] = who.id
        answer = redirect("/", 303)
        answer.set_cookie("csrftoken", session["csrf"])
        return answer

    @app.get("/<slug>/transactions/")
    def page(slug: str) -> str:
        """Rendered inside the snapshot, which is committed: psycopg forgets what it has prepared
        when a transaction is rolled back."""
        with Session(snapshot, autoflush=False) as db, db.begin():
            return render(db, slug)

    @app.post("/<slug>/transactions/<int:key>/labels/")
    def save_labels(slug: str, key: int) -> Response:
        if not hmac.compare_digest(request.headers.get("X-CSRFToken", ""), session["csrf"]):
            abort(403)
        add, remove = (set(request.form.getlist(name)) for name in ("label", "was"))
        with Session(engine) as db, db.begin():
            _, membership = who_asks(db, slug)
            if membership.role < ANNOTATOR:
                abort(403)
            numbers = (queries.numbers(some) for some in (add - remove, remove - add))
            queries.relabel(db, membership.ledger_id, key, *numbers)
        return redirect(request.args["next"], 303)

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def prepare_templates(app: Flask) -> None:
    """Compiled once, and the product's own template for the rows."""
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    app.jinja_env.auto_reload = False
    app.jinja_env.loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(OURS)])
    app.jinja_env.globals["changed"] = changed
    prepare(app.jinja_env)


def is_password(given: str, stored: str) -> bool:
    """As Django keeps it."""
    _, rounds, salt, wanted = stored.split("$")
    made = hashlib.pbkdf2_hmac("sha256", given.encode(), salt.encode(), int(rounds))
    return hmac.compare_digest(b64encode(made).decode(), wanted)


def who_asks(db: Session, slug: str) -> tuple:
    found = queries.member(db, session.get("user", 0), slug)
    if found is None:
        abort(404)
    return found


def render(db: Session, slug: str) -> str:
    user, membership = who_asks(db, slug)
    ledger, wanted = membership.ledger, request.args.to_dict(flat=False)
    where = queries.conditions(db, ledger.id, wanted)
    count = queries.capped_count(db, where)
    filtered = any(wanted.get(name) for name in ("wallet", "type", "asset", "contact", "label"))
    everything = queries.conditions(db, ledger.id, {})
    of = queries.capped_count(db, everything) if filtered else count
    number = page_number(count)
    found = queries.rows(db, where, count, number)
    capped = count > queries.MOST
    beside = Beside(
        queries.seen_and_dusty(db, found),
        queries.alike(db, ledger.id, found),
        queries.group_sizes(db, found),
        queries.other_ends(db, found),
    )
    path = request.full_path.rstrip("?")
    context = {
        "groups": groups(found, slug, ledger.time_zone, path, beside),
        "can_edit": membership.role >= ANNOTATOR,
        "count": min(count, queries.MOST), "capped": capped, "of": of, "number": number,
        "last": max(1, -(-count // queries.SIZE)), "rows": len(found), "size": queries.SIZE,
        "totals": [] if capped else [shown(total) for total in queries.totals(db, where)],
        "ledger": ledger, "next": path, "icon_names": ICONS, "wanted": wanted,
    }  # fmt: skip
    if request.headers.get("HX-Request-Type") == "partial":
        return render_template("list.jinja", **context)
    return render_template(
        "page.jinja",
        choices=queries.choices(db, ledger.id) | {"type": [(t, t.capitalize()) for t in ICONS]},
        ledgers=queries.ledgers(db, user.id),
        user=user,
        sections=SECTIONS,
        csrf=token_urlsafe(32),
        **context,
    )


def page_number(count: int) -> int:
    text = request.args.get("page", "1")
    number = -1 if text == "last" else int(text)
    last = max(1, -(-count // queries.SIZE))
    return number if count > queries.MOST else min(number % (last + 1) or 1, last)


def shown(total: dict) -> dict:
    symbol = total["symbol"]
    net = total["received"] - total["sent"] - total["fee"]
    return total | {
        "received": formatted(total["received"], symbol, "+"),
        "sent": formatted(total["sent"], symbol, "−"),
        "fee": formatted(total["fee"], symbol, "−"),
        "net": formatted(net, symbol, "+" if net > 0 else "−"),
    }


def changed(**values: object) -> str:
    """This page with other parameters."""
    query = request.args.to_dict(flat=False) | values
    return f"{request.path}?{urlencode({k: v for k, v in query.items() if v}, doseq=True)}"
