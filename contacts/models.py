from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from contacts.chains import ChainAddress
from history.triggers import Recorded
from ledgers.models import Ledger, User
from live.triggers import announcements
from live.versions import Versioned, VersionedQuerySet
from txproject.text import visible

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


def within_ledger(name: str) -> models.UniqueConstraint:
    """What a foreign key that carries the ledger with it points at."""
    return models.UniqueConstraint(fields=["ledger", "id"], name=name)


CONTACT = Recorded("contact", ("name", "note", "created_at"), name="{row}.name", contact="{row}.id")
WALLET = Recorded("wallet", ("name", "kind", "created_at", "archived_at"), name="{row}.name")
ADDRESS = Recorded(
    "address",
    ("family", "shown", "normalised", "note"),
    {"contact": ("contacts_contact", "name"), "wallet": ("contacts_wallet", "name")},
    name="{row}.shown",
    contact="{row}.contact_id",
)


class ContactQuerySet(VersionedQuerySet["Contact"]):
    def by_name(self) -> Self:
        return self.order_by(Lower("name"), "pk")


class Contact(Versioned):
    """One person or service, with any number of addresses on any number of chains."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="contacts", db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ContactQuerySet.as_manager()

    class Meta(Versioned.Meta):
        ordering = ["name", "pk"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        triggers = [*Versioned.Meta.triggers, *announcements(), *CONTACT.triggers()]
        constraints = [
            within_ledger("contact_within_ledger"),
            models.UniqueConstraint("ledger", Lower("name"), name="contact_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="contact_named"),
        ]

    def __str__(self) -> str:
        return visible(self.name)


class Wallet(Versioned):
    """Where a statement comes from: an on-chain wallet, an exchange account, anything else."""

    class Kind(models.TextChoices):
        CHAIN = "chain", _("on-chain")
        EXCHANGE = "exchange", _("exchange")
        OTHER = "other", _("other")

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="wallets", db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.OTHER)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = VersionedQuerySet["Wallet"].as_manager()

    class Meta(Versioned.Meta):
        ordering = ["name", "pk"]
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        triggers = [*Versioned.Meta.triggers, *announcements(), *WALLET.triggers()]
        constraints = [
            within_ledger("wallet_within_ledger"),
            models.UniqueConstraint("ledger", Lower("name"), name="wallet_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="wallet_named"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["chain", "exchange", "other"]), name="wallet_kind"
            ),
        ]

    def __str__(self) -> str:
        return visible(self.name)


class AddressQuerySet(VersionedQuerySet["Address"]):
    def unassigned(self) -> Self:
        return self.filter(contact__isnull=True, wallet__isnull=True)

    def assigned(self) -> Self:
        return self.exclude(contact__isnull=True, wallet__isnull=True)

    def matching(self, ledgers: list[int], text: str) -> "models.QuerySet[Any, Any]":
        """The keys of those in these ledgers that begin with it, or whose contact's name has it.

        A union, so that each part of it can be answered from an index.
        """
        rows = Address.objects.filter(ledger__in=ledgers).order_by()
        named = Contact.objects.filter(ledger__in=ledgers, name__icontains=text).order_by()
        begins = rows.filter(normalised__istartswith=text).values("pk")
        return begins.union(rows.filter(contact__in=named.values("pk")).values("pk"))

    def known(self, ledger: Ledger, found: ChainAddress) -> "Address | None":
        """The row of that address, however it was spelled."""
        rows = self.select_related("contact", "wallet")
        return rows.filter(ledger=ledger, normalised=found.normalised).first()


class Address(Versioned):
    """An address that a transaction names: a contact's, one's own, or nobody's yet."""

    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="addresses", db_index=False
    )
    family = models.CharField(_("chain family"), max_length=20)
    shown = models.TextField(_("address"))
    normalised = models.TextField(_("identity"))
    note = models.TextField(_("note"), blank=True)
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        verbose_name=_("contact"),
        null=True,
        blank=True,
        related_name="addresses",
        db_constraint=False,
        db_index=False,
    )
    wallet = models.ForeignKey(
        Wallet,
        models.SET_NULL,
        verbose_name=_("wallet"),
        null=True,
        blank=True,
        related_name="addresses",
        db_constraint=False,
        db_index=False,
    )

    objects = AddressQuerySet.as_manager()

    class Meta(Versioned.Meta):
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        triggers = [*Versioned.Meta.triggers, *announcements(), *ADDRESS.triggers()]
        constraints = [
            within_ledger("address_within_ledger"),
            models.UniqueConstraint(fields=["ledger", "normalised"], name="address_once"),
            models.CheckConstraint(
                condition=models.Q(contact__isnull=True) | models.Q(wallet__isnull=True),
                name="address_of_one",
            ),
            models.CheckConstraint(condition=~models.Q(normalised=""), name="address_written"),
        ]
        indexes = [
            *Versioned.Meta.indexes,
            # What istartswith and iexact ask for: any case, whole or beginning.
            models.Index(
                "ledger", OpClass(Upper("normalised"), "text_pattern_ops"), name="address_any_case"
            ),
            models.Index(
                fields=["ledger", "contact"],
                name="address_contact",
                condition=models.Q(contact__isnull=False),
            ),
            models.Index(
                fields=["ledger", "wallet"],
                name="address_wallet",
                condition=models.Q(wallet__isnull=False),
            ),
        ]

    if TYPE_CHECKING:
        counterparty_of: RelatedManager[models.Model]

    def __str__(self) -> str:
        return visible(self.shown)

    @property
    def is_assigned(self) -> bool:
        return bool(self.contact_id or self.wallet_id)

    def assign(self, contact: Contact, note: str, by: User) -> None:
        """To a contact, as it was read: raise Conflict if it has changed since."""
        notes = dict.fromkeys(filter(None, (self.note, note)))
        values = {"contact": contact, "note": "\n\n".join(notes)}
        Address.objects.write(self.pk, expected_version=self.version, by=by, **values)
