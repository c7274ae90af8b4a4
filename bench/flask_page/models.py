"""The columns that the page reads of the product's tables."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {int: BigInteger}


class User(Base):
    __tablename__ = "ledgers_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    password: Mapped[str] = mapped_column(deferred=True)
    is_active: Mapped[bool]


class Ledger(Base):
    __tablename__ = "ledgers_ledger"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    time_zone: Mapped[str]


class Membership(Base):
    __tablename__ = "ledgers_membership"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledgers_ledger.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("ledgers_user.id"))
    role: Mapped[int]
    ledger: Mapped[Ledger] = relationship(innerjoin=True)


class Contact(Base):
    __tablename__ = "contacts_contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    name: Mapped[str]


class Wallet(Base):
    __tablename__ = "contacts_wallet"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    name: Mapped[str]


class Address(Base):
    __tablename__ = "contacts_address"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    shown: Mapped[str]
    normalised: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts_contact.id"))
    wallet_id: Mapped[int | None] = mapped_column(ForeignKey("contacts_wallet.id"))
    contact: Mapped[Contact | None] = relationship()
    wallet: Mapped[Wallet | None] = relationship()


class Asset(Base):
    __tablename__ = "transactions_asset"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    symbol: Mapped[str]
    name: Mapped[str]


class Label(Base):
    __tablename__ = "transactions_label"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    name: Mapped[str]
    colour: Mapped[str]


class TransactionLabel(Base):
    __tablename__ = "transactions_transactionlabel"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transactions_transaction.id"))
    label_id: Mapped[int] = mapped_column(ForeignKey("transactions_label.id"))


class Transaction(Base):
    __tablename__ = "transactions_transaction"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    version: Mapped[int]
    occurred_at: Mapped[datetime]
    type: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String)
    hidden: Mapped[bool]
    deleted_at: Mapped[datetime | None] = mapped_column(deferred=True)
    note: Mapped[str]
    group_key: Mapped[str]
    sent_amount: Mapped[Decimal | None]
    received_amount: Mapped[Decimal | None]
    fee_amount: Mapped[Decimal | None]
    wallet_id: Mapped[int] = mapped_column(ForeignKey("contacts_wallet.id"))
    sent_asset_id: Mapped[int | None] = mapped_column(ForeignKey("transactions_asset.id"))
    received_asset_id: Mapped[int | None] = mapped_column(ForeignKey("transactions_asset.id"))
    fee_asset_id: Mapped[int | None] = mapped_column(ForeignKey("transactions_asset.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts_contact.id"))
    counterparty_id: Mapped[int | None] = mapped_column(ForeignKey("contacts_address.id"))

    wallet: Mapped[Wallet] = relationship(innerjoin=True)
    sent_asset: Mapped[Asset | None] = relationship(foreign_keys=sent_asset_id)
    received_asset: Mapped[Asset | None] = relationship(foreign_keys=received_asset_id)
    fee_asset: Mapped[Asset | None] = relationship(foreign_keys=fee_asset_id)
    contact: Mapped[Contact | None] = relationship()
    counterparty: Mapped[Address | None] = relationship()
    labels: Mapped[list[Label]] = relationship(
        secondary=TransactionLabel.__table__, order_by=lambda: (func.lower(Label.name), Label.id)
    )


class TransferPair(Base):
    __tablename__ = "transactions_transferpair"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int]
    state: Mapped[str]
    sent_id: Mapped[int] = mapped_column(ForeignKey("transactions_transaction.id"))
    received_id: Mapped[int] = mapped_column(ForeignKey("transactions_transaction.id"))
    sent: Mapped[Transaction] = relationship(foreign_keys=sent_id)
    received: Mapped[Transaction] = relationship(foreign_keys=received_id)
