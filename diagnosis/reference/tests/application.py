from datetime import datetime

from flask import Flask
from page import create_app
from page.models import Contact, Transaction, db


def application(dsn: str) -> Flask:
    """Each request reads before its view does, as Flask-Login would."""
    app = create_app(dsn)
    app.before_request(lambda: db.session.get(Contact, "a") and None)
    return app


def row(n: int) -> Transaction:
    moment = datetime(2026, 1, 1, second=n // 20)
    wallet, asset = "AB"[n % 2], "ETH"
    return Transaction(
        id=n, occurred_at=moment, wallet=wallet, address="a", type="in", asset=asset, amount=1
    )
