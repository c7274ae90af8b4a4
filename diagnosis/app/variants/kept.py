"""The page does not ask: its rows were kept in Python, in a cache or in a cookie."""

import threading
import time
from functools import lru_cache

from flask import session as cookie
from flask_caching import Cache
from sqlalchemy import select

from diagnosis.app.models import Transaction, db
from diagnosis.app.right import Application


class ModuleRows(Application):
    """The result of a query at module level"""

    family = "kept"

    def start(self):
        with self.app.app_context():
            self.kept = super().rows(db.session, {})

    def rows(self, session, wanted):
        return [row for row in self.kept if row.wallet in (wanted.get("wallet"), row.wallet)]


class KeptObjects(Application):
    """The page selects keys and takes the objects from a dictionary that outlives the request"""

    family = "kept"

    def start(self):
        self.objects = {}

    def rows(self, session, wanted):
        keys = session.scalars(self.matching(wanted).with_only_columns(Transaction.id)).all()
        return [self.kept(session, key) for key in sorted(keys, reverse=True)]

    def kept(self, session, key):
        if key not in self.objects:
            self.objects[key] = session.get(Transaction, key)
            session.expunge_all()
        return self.objects[key]


class ChoicesAtImport(Application):
    """The choices of a filter are read when the module is imported"""

    family = "kept"

    def start(self):
        with self.app.app_context():
            self.fixed = super().choices(db.session)

    def choices(self, session):
        return self.fixed


class LruCache(Application):
    """`lru_cache` on the function that reads the page"""

    family = "kept"

    def start(self):
        self.remembered = lru_cache(lambda wanted: Application.page(self, dict(wanted)))

    def page(self, wanted):
        return self.remembered(tuple(wanted.items()))


class FlaskCaching(Application):
    """Flask-Caching on the view, for five minutes, cleared by nobody"""

    family = "kept"

    def start(self):
        self.cache = Cache(self.app, config={"CACHE_TYPE": "SimpleCache"})
        self.cached = self.cache.cached(300, query_string=True)(super().page)

    def page(self, wanted):
        return self.cached(wanted)


class CacheClearedHere(FlaskCaching):
    """Every write clears the cache, which each worker has one of"""

    family = "kept"

    def set_label(self, key, label):
        super().set_label(key, label)
        self.cache.clear()

    def set_contact(self, address, name):
        super().set_contact(address, name)
        self.cache.clear()


class CacheClearedElsewhere(FlaskCaching):
    """Contacts clear the cache; the function that sets a label forgets to"""

    family = "kept"

    def set_contact(self, address, name):
        super().set_contact(address, name)
        self.cache.clear()


class CookieRows(Application):
    """What the page showed is kept in Flask's session; contacts make it read again"""

    family = "kept"

    def rows(self, session, wanted):
        if cookie.get("wanted") != wanted:
            cookie["wanted"] = wanted
            cookie["rows"] = [as_dict(row) for row in super().rows(session, wanted)]
        return cookie["rows"]

    def set_contact(self, address, name):
        super().set_contact(address, name)
        cookie.clear()


def as_dict(row):
    names = ("id", "occurred_at", "asset", "amount", "label")
    return {name: str(getattr(row, name)) for name in names} | {
        "contact": {"name": row.contact.name}
    }


class BackgroundReader(Application):
    """A thread reads the rows afresh again and again, in a session that is never removed"""

    family = "kept"

    def start(self):
        self.ready = threading.Event()
        threading.Thread(target=self.refresh, daemon=True).start()

    def refresh(self):
        with self.app.app_context():
            while True:
                self.latest = db.session.scalars(select(Transaction)).all()
                self.ready.set()
                time.sleep(0.1)

    def page(self, wanted):
        self.ready.wait()
        rows = [row for row in self.latest if row.wallet in (wanted.get("wallet"), row.wallet)]
        return self.rendered(rows, len(rows), sorted({row.label for row in self.latest}))
