import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger, Membership, Role, User
from live.triggers import announcements

DAYS = {1: _("a day"), 7: _("a week"), 30: _("a month")}


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Whoever has made one has to be somebody who still may."""
        members = {"ledger__memberships__user": F("by"), "ledger__memberships__role": Role.OWNER}
        return self.filter(expires_at__gt=timezone.now(), by__is_active=True, **members)

    def of_token(self, token: str) -> "Invitation | None":
        found = self.open().filter(token=hashed(token))
        return found.select_related("ledger", "by").first()


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


class Invitation(models.Model):
    """Into a ledger, for whoever brings its token first: then it is gone.

    Only the token's hash is here, so nobody who reads the database can use one.
    """

    ledger = models.ForeignKey(Ledger, models.CASCADE, related_name="invitations")
    token = models.CharField(max_length=64, unique=True)
    role = models.PositiveSmallIntegerField(_("role"), choices=Role.choices)
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        triggers = announcements()

    def __str__(self) -> str:
        return f"{self.ledger}: {self.get_role_display()}"

    @classmethod
    def make(cls, ledger: Ledger, role: Role, by: User, days: int) -> str:
        """Its token, which nobody can find out later."""
        token, until = secrets.token_urlsafe(32), until_in(days)
        cls.objects.create(ledger=ledger, token=hashed(token), role=role, by=by, expires_at=until)
        return token

    def accept(self, user: User) -> Membership | None:
        """None if it is gone or he is a member already, who leaves it to others."""
        try:
            with transaction.atomic():
                membership = self.ledger.memberships.create(user=user, role=self.role)
                mine, _rows = Invitation.objects.filter(pk=self.pk).delete()
                if not mine:
                    raise Taken
        except (IntegrityError, Taken):
            return None
        return membership


class Taken(Exception):
    """Somebody else was faster."""


def until_in(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)
