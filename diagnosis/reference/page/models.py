from datetime import datetime
from decimal import Decimal

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

db = SQLAlchemy()  # the one registry: a session for each request, removed when it ends


class Contact(db.Model):
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))


class Transaction(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    wallet: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(ForeignKey(Contact.address))
    type: Mapped[str] = mapped_column(String(16))
    asset: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Decimal] = mapped_column(Numeric(38, 18))
    label: Mapped[str] = mapped_column(String(64), default="")
    contact: Mapped[Contact] = relationship(lazy="joined", innerjoin=True)


Index("transaction_page", Transaction.occurred_at.desc(), Transaction.id.desc())
