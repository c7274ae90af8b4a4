"""The page asks, but not there where the change was made."""

import os
from contextlib import contextmanager

from sqlalchemy import create_engine, delete, insert, select
from sqlalchemy.orm import Session

from diagnosis.app.models import Listing, Transaction
from diagnosis.app.right import Application


class LaggingStandby(Application):
    """Pages are read from a standby that is some seconds behind"""

    family = "elsewhere"
    needs = "standby"
    only = "postgresql"

    def start(self):
        self.standby = create_engine(os.environ["DIAGNOSIS_BEHIND"])

    @contextmanager
    def reading(self):
        with Session(self.standby) as session:
            yield session


class DerivedCopy(Application):
    """The page reads a copy that contacts bring up to date and labels do not"""

    family = "elsewhere"
    entity = Listing
    order = (Listing.occurred_at.desc(), Listing.id.desc())

    def fill(self, session):
        session.execute(delete(Listing))
        everything = select(Transaction.__table__)
        session.execute(insert(Listing).from_select(everything.selected_columns, everything))

    def set_contact(self, address, name):
        super().set_contact(address, name)
        with self.writing() as session:
            self.fill(session)
