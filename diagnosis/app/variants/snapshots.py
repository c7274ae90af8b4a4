"""The page's transaction began before the change, and its isolation level shows it that moment."""

from contextlib import contextmanager

from sqlalchemy.orm import scoped_session, sessionmaker

from diagnosis.app.models import Contact, db
from diagnosis.app.right import Application


class HeldSnapshot(Application):
    """REPEATABLE READ, and the page's registry never ends its transaction; contacts commit there"""

    family = "snapshot"

    def start(self):
        repeatable = self.engine.execution_options(isolation_level=self.level())
        self.pages = scoped_session(sessionmaker(repeatable))

    def level(self):
        return "SERIALIZABLE" if self.engine.dialect.name == "sqlite" else "REPEATABLE READ"

    @contextmanager
    def reading(self):
        yield self.pages

    def set_contact(self, address, name):
        self.pages.rollback()
        self.pages.get(Contact, address).name = name
        self.pages.commit()


class ReportSnapshot(HeldSnapshot):
    """The same, and nothing else ever works in the page's session"""

    family = "snapshot"

    def set_contact(self, address, name):
        with db.session.begin():
            db.session.get(Contact, address).name = name


class DefaultIsolation(HeldSnapshot):
    """The same in the database's own isolation level: READ COMMITTED in PostgreSQL, where each
    statement sees what is committed, REPEATABLE READ in MariaDB and MySQL"""

    family = "snapshot"
    also = "query"  # several statements in READ COMMITTED

    def start(self):
        self.pages = scoped_session(sessionmaker(self.engine))
