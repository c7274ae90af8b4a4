"""The change has not been committed: nobody but its own session can see it."""

import threading
import time
from queue import Queue

from flask import after_this_request
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from diagnosis.app.models import Contact, Transaction, db
from diagnosis.app.right import Application


class SecondRegistry(Application):
    """Labels are written in a registry of their own and only flushed; contacts commit there"""

    family = "uncommitted"

    def start(self):
        self.annotations = scoped_session(sessionmaker(self.engine))

    def set_label(self, key, label):
        self.annotations.get(Transaction, key).label = label
        self.annotations.flush()

    def set_contact(self, address, name):
        self.annotations.get(Contact, address).name = name
        self.annotations.commit()


class WrongCommit(SecondRegistry):
    """Labels are changed in one session, and the other one is committed"""

    family = "uncommitted"

    def set_label(self, key, label):
        self.annotations.get(Transaction, key).label = label
        db.session.commit()


class BackgroundWriter(Application):
    """A thread with a context of its own writes; it commits contacts and only flushes labels"""

    family = "uncommitted"

    def start(self):
        self.jobs = Queue()
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        with self.app.app_context():
            while True:
                job, done = self.jobs.get()
                job()
                done.set()

    def give(self, job):
        done = threading.Event()
        self.jobs.put((job, done))
        done.wait()

    def set_label(self, key, label):
        def job():
            db.session.get(Transaction, key).label = label
            db.session.flush()

        self.give(job)

    def set_contact(self, address, name):
        def job():
            db.session.get(Contact, address).name = name
            db.session.commit()

        self.give(job)


class PoolWithoutReset(Application):
    """A helper writes without the ORM and hands its connection back without commit, to a pool
    that does not roll back either"""

    family = "uncommitted"
    only = "postgresql"

    def start(self):
        self.helper = create_engine(self.engine.url, pool_reset_on_return=None)

    def execute(self, statement, parameters, commit):
        connection = self.helper.raw_connection()
        connection.cursor().execute(statement, parameters)
        if commit:
            connection.commit()
        connection.close()

    def set_label(self, key, label):
        statement = "UPDATE transaction SET label = %s WHERE id = %s"
        self.execute(statement, (label, key), commit=False)

    def set_contact(self, address, name):
        statement = "UPDATE contact SET name = %s WHERE address = %s"
        self.execute(statement, (name, address), commit=True)


class NeverCommitted(Application):
    """The label is flushed and never committed; the end of the request rolls it back"""

    family = "lost"

    def set_label(self, key, label):
        db.session.get(Transaction, key).label = label
        db.session.flush()


class SavepointOnly(Application):
    """Only the savepoint is released; the transaction around it is never committed"""

    family = "lost"

    def set_label(self, key, label):
        with db.session.begin_nested():
            db.session.get(Transaction, key).label = label


class ConstantScope(Application):
    """All threads share one session (`scopefunc` is a constant), and each request removes it"""

    family = "lost"
    look = "busy"

    def start(self):
        factory = sessionmaker(self.engine)
        self.shared = scoped_session(factory, scopefunc=lambda: "application")
        self.app.teardown_appcontext(lambda error: self.shared.remove())

    def set_label(self, key, label):
        self.shared.get(Transaction, key).label = label
        self.shared.flush()
        time.sleep(0.05)  # asks another service for a rate
        self.shared.commit()


class LateCommit(Application):
    """The answer is sent first; the commit comes after it"""

    family = "uncommitted"

    def set_label(self, key, label):
        session = Session(self.engine)
        session.get(Transaction, key).label = label

        def finish():
            time.sleep(0.3)  # sends a mail
            session.commit()
            session.close()

        after_this_request(lambda response: response.call_on_close(finish) and response)
