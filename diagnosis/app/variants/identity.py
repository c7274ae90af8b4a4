"""The database gives the new value, and the ORM's object keeps the old one: a row that is already
in a session's identity map is not overwritten by what a SELECT brings."""

from contextlib import contextmanager

from flask import g
from sqlalchemy import update
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from diagnosis.app.models import Transaction, db
from diagnosis.app.right import Application


class GlobalSession(Application):
    """Everything goes through one Session of the module, and the last page is remembered"""

    family = "identity"
    also = "query"  # several statements in READ COMMITTED

    def start(self):
        self.session = Session(self.engine)

    @contextmanager
    def reading(self):
        yield self.session

    @contextmanager
    def writing(self):
        yield self.session
        self.session.commit()

    def rows(self, session, wanted):
        self.shown = super().rows(session, wanted)  # for "export what I see"
        return self.shown


class PageSession(GlobalSession):
    """The page has a Session of the module, which contacts are written through too; labels are
    written, rightly, through that of the request"""

    family = "identity"

    def set_label(self, key, label):
        with db.session.begin():
            db.session.get(Transaction, key).label = label


class ExpireOnCommitOff(GlobalSession):
    """As before, with `expire_on_commit=False` and an UPDATE past the identity map"""

    family = "identity"

    def start(self):
        self.session = Session(self.engine, expire_on_commit=False)

    def set_label(self, key, label):
        statement = update(Transaction).where(Transaction.id == key).values(label=label)
        past = {"synchronize_session": False}
        with self.writing() as session:
            session.execute(statement, execution_options=past)


class NeverRemoved(Application):
    """A scoped session per thread that is never removed, and the last page is remembered"""

    family = "identity"
    also = "query"  # several statements in READ COMMITTED

    def start(self):
        self.sessions = scoped_session(sessionmaker(self.engine))

    @contextmanager
    def reading(self):
        yield self.sessions

    @contextmanager
    def writing(self):
        yield self.sessions
        self.sessions.commit()

    def rows(self, session, wanted):
        session.info["shown"] = super().rows(session, wanted)
        return session.info["shown"]


class PushedContext(Application):
    """`app.app_context().push()` at import: requests in that thread never get a context of their
    own, so Flask-SQLAlchemy never removes the session, and `g` lives for ever"""

    family = "identity"
    also = "query"  # several statements in READ COMMITTED

    def start(self):
        self.app.app_context().push()

    @contextmanager
    def reading(self):
        yield db.session

    @contextmanager
    def writing(self):
        yield db.session
        db.session.commit()

    def rows(self, session, wanted):
        g.shown = super().rows(session, wanted)
        return g.shown
