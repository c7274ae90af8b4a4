from datetime import datetime
from decimal import Decimal

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

db = SQLAlchemy()


class Contact(db.Model):
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))


class Columns:
    id: Mapped[int] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    wallet: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(ForeignKey("contact.address"))
    type: Mapped[str] = mapped_column(String(16))
    asset: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Decimal]
    label: Mapped[str] = mapped_column(String(64), default="")

    @declared_attr
    def contact(cls) -> Mapped[Contact]:
        return relationship(lazy="joined", innerjoin=True)


class Transaction(Columns, db.Model):
    pass


class Listing(Columns, db.Model):
    """A copy of the transactions, which one variant reads its page from."""
