from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.exc import DataError
from werkzeug.wrappers import Response as Answer

from page.models import Contact, Transaction, db
from page.policy import reading, writing
from page.queries import FILTERS, Place, place, read_page

pages = Blueprint("pages", __name__)


@pages.get("/")
def transactions() -> str:
    wanted = {name: request.args.get(name, "") for name in FILTERS}
    after = asked_place()
    with reading() as session:
        return render_template("page.html", page=read_page(session, wanted, after))


def asked_place() -> Place | None:
    try:
        return place(request.args["after"]) if "after" in request.args else None
    except ValueError:
        abort(400, "No page begins there. Go to the first page and follow its links.")


@pages.post("/label/<int:key>")
def set_label(key: int) -> Answer:
    with writing():
        db.get_or_404(Transaction, key).label = request.form["label"]
    return saved()


@pages.post("/contact")
def set_contact() -> Answer:
    with writing():
        db.get_or_404(Contact, request.form["address"]).name = request.form["name"]
    return saved()


def saved() -> Answer:
    """The committed row is read again by the page that follows."""
    return redirect(url_for("pages.transactions"), 303)


@pages.app_errorhandler(DataError)
def is_not_taken(_error: DataError) -> tuple[str, int]:
    return "The database does not take this value: it is too long, or no text. Change it.", 422


@pages.after_app_request
def is_never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
