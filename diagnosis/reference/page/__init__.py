"""The transactions page: `flask --app page run`."""

import os

from flask import Flask

from page.models import db
from page.views import pages


def create_app(url: str | None = None) -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url or os.environ["DATABASE_URL"]
    # A connection that a restart of the database has cut is replaced before it is used.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": True}
    db.init_app(app)
    app.register_blueprint(pages)
    app.cli.command("create-tables")(db.create_all)
    return app
