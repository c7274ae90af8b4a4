"""The policy, whole: each request has one session; these two begin and end its transactions.

Nothing else commits, rolls back, flushes or opens a session.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, scoped_session

from page.models import db

SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def reading() -> Iterator[scoped_session[Session]]:
    """A page is one read-only snapshot, and is rendered inside it."""
    db.session.rollback()  # what was read before is over, as Flask-Login's current_user
    connection = db.session.connection(execution_options=SNAPSHOT)
    if connection.dialect.name in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    try:
        yield db.session
    finally:
        db.session.rollback()


@contextmanager
def writing() -> Iterator[scoped_session[Session]]:
    """A write is one transaction: committed before the answer leaves, or rolled back."""
    db.session.rollback()
    with db.session.begin():
        yield db.session
