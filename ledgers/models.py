import zoneinfo
from itertools import count
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.functions import RandomUUID
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from history.triggers import Recorded, of_ledgers
from ledgers.triggers import user_changes
from live.triggers import announcements, session_ends
from live.versions import Versioned, VersionedQuerySet
from txproject.text import visible

# First parts of our own URLs, which no ledger may take.
RESERVED_SLUGS = frozenset(
    {
        *("account", "admin", "formats", "healthz", "invitation", "jsi18n", "language", "live"),
        *("login", "logout", "metrics", "new", "readyz", "static", "theme"),
    }
)
# Of a new ledger; there is room for a number behind it.
SLUG_LENGTH = 40


class Role(models.IntegerChoices):
    """What a member may do; each role may also do all that stands before it.

    The order here counts, not the numbers, which are what the database has: a role between two
    others takes a number that none has had.
    """

    VIEWER = 1, _("viewer")
    ANNOTATOR = 2, _("annotator")
    EDITOR = 3, _("editor")
    OWNER = 4, _("owner")

    @property
    def rank(self) -> int:
        return list(Role).index(self)


# What each may do besides, for people.
MAY = {
    Role.VIEWER: _("reads everything"),
    Role.ANNOTATOR: _("also labels, notes, types, contacts, hiding and views for all"),
    Role.EDITOR: _("also wallets, imports, transactions by hand and what is deleted"),
    Role.OWNER: _("also this page"),
}


class User(AbstractUser):
    # One of the settings; without it, what the browser asks for.
    language = models.CharField(_("language"), max_length=10, blank=True)
    # Of lists of transactions whose URL names none; without them, those that a ledger begins with.
    columns = models.CharField(_("columns"), max_length=200, blank=True)

    class Meta(AbstractUser.Meta):
        triggers = [user_changes()]


class Session(AbstractBaseSession):
    """Of one browser; without a user while nobody has logged in there."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("user")
    )
    created_at = models.DateTimeField(_("began"), default=timezone.now)
    # No finer than an hour: a page writes nothing.
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    agent = models.CharField(_("browser"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)

    class Meta(AbstractBaseSession.Meta):
        triggers = [session_ends()]

    def save(self, **options: Any) -> None:
        """An update is of what the session holds; where and when it began stays."""
        if options.get("force_update"):
            options["update_fields"] = ["user", "session_data", "expire_date"]
        super().save(**options)


def validate_slug_free(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is taken by the application."), params={"slug": slug})


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("There is no time zone “%(name)s”."), params={"name": name})


class LedgerQuerySet(VersionedQuerySet["Ledger"]):
    def of(self, user: User) -> Self:
        return self.filter(memberships__user=user)

    def open_for(self, user: User, name: str, time_zone: str = "UTC") -> "Ledger":
        """A new ledger, owned by the user, with the first free slug made of its name."""
        base = slugify(name)[:SLUG_LENGTH].strip("-") or "ledger"
        slugs = (numbered(base, n) for n in count())
        with transaction.atomic():
            for slug in (slug for slug in slugs if slug not in RESERVED_SLUGS):
                of = {"name": name, "time_zone": time_zone}
                ledger, new = self.get_or_create(slug=slug, defaults=of)
                if new:
                    break
            ledger.add_owner(user)
        return ledger


def numbered(base: str, n: int) -> str:
    return f"{base}-{n + 1}" if n else base


class ReviewsBy(models.TextChoices):
    LEDGER = "ledger", _("one for all")
    PERSON = "person", _("each person for himself")


class LastOwner(Exception):
    """Nobody else could add members or change their roles."""


class Ledger(Versioned):
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("slug"), unique=True, validators=[validate_slug_free])
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    keeps_files = models.BooleanField(_("keeps imported files"), default=True)
    reviews_by = models.CharField(
        _("who reviews"),
        max_length=6,
        choices=ReviewsBy,
        default=ReviewsBy.LEDGER,
        db_default=ReviewsBy.LEDGER,
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Names its transactions wherever they are exported to; a slug is another's somewhere else.
    uid = models.UUIDField("UUID", unique=True, editable=False, db_default=RandomUUID())
    members = models.ManyToManyField(
        User, through="Membership", verbose_name=_("members"), related_name="ledgers"
    )

    objects = LedgerQuerySet.as_manager()

    class Meta(Versioned.Meta):
        ordering = ["name", "pk"]
        verbose_name = _("ledger")
        verbose_name_plural = _("ledgers")
        triggers = [*Versioned.Meta.triggers, *announcements("id"), *of_ledgers()]

    def __str__(self) -> str:
        return visible(self.name)

    def get_absolute_url(self) -> str:
        """Where it begins: each member may say it for himself."""
        return reverse("ledger_start", args=[self.slug])

    # Whose reviews count: see `entered_by`.
    reader = 0

    def entered_by(self, user: User) -> None:
        """What is new may differ between persons."""
        self.reader = user.pk if self.reviews_by == ReviewsBy.PERSON else 0

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def add_owner(self, user: User) -> None:
        self.memberships.create(user=user, role=Role.OWNER)

    def change_role(self, membership: "Membership", role: Role) -> None:
        with transaction.atomic():
            if role != Role.OWNER:
                self._keep_an_owner_besides(membership)
            self.memberships.filter(pk=membership.pk).update(role=role)

    def remove(self, membership: "Membership") -> None:
        with transaction.atomic():
            self._keep_an_owner_besides(membership)
            self.memberships.filter(pk=membership.pk).delete()

    def _keep_an_owner_besides(self, membership: "Membership") -> None:
        """Two owners who remove each other at once do so one after the other.

        The lock lets imports into the ledger go on: they only need its key to stay.
        """
        Ledger.objects.select_for_update(no_key=True).get(pk=self.pk)
        owners = self.memberships.filter(role=Role.OWNER)
        if not owners.exclude(pk=membership.pk).exists():
            raise LastOwner


RECORDED = Recorded(
    "membership",
    columns=("role",),
    references={"user": ("ledgers_user", "username")},
    name="coalesce((SELECT u.username FROM ledgers_user AS u WHERE u.id = {row}.user_id), '')",
)


class Membership(models.Model):
    ledger = models.ForeignKey(
        Ledger, models.CASCADE, verbose_name=_("ledger"), related_name="memberships"
    )
    user = models.ForeignKey(
        User, models.CASCADE, verbose_name=_("user"), related_name="memberships"
    )
    role = models.PositiveSmallIntegerField(_("role"), choices=Role)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        triggers = [*announcements(user="user_id"), *RECORDED.triggers()]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    def may(self, role: Role) -> bool:
        return Role(self.role).rank >= role.rank
