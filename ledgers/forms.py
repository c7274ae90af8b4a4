import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from ledgers.editing import EditForm, Name
from ledgers.models import Ledger, Membership, Role, User, validate_time_zone
from ledgers.naming import refuse_unseen

NAME_LENGTH = 100


@cache
def time_zones() -> list[str]:
    """Those named after a place: what is left are abbreviations and old names."""
    return sorted(zone for zone in zoneinfo.available_timezones() if zone == "UTC" or "/" in zone)


class TimeZone(forms.CharField):
    def __init__(self) -> None:
        super().__init__(label=_("Time zone"), validators=[validate_time_zone])


class LedgerForm(EditForm[Ledger]):
    name = Name(NAME_LENGTH)
    time_zone = TimeZone()

    @staticmethod
    def initial_values(row: Ledger) -> dict[str, Any]:
        return {"name": row.name, "time_zone": row.time_zone}


class NewLedgerForm(forms.Form):
    name = Name(NAME_LENGTH)
    time_zone = TimeZone()

    def clean_name(self) -> str:
        refuse_unseen(self.cleaned_data["name"], known=Ledger.objects.none())
        return str(self.cleaned_data["name"])

    def save(self, by: User) -> Ledger:
        name, time_zone = self.cleaned_data["name"], self.cleaned_data["time_zone"]
        return Ledger.objects.open_for(by, name, time_zone)


class RoleField(forms.TypedChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Role"), choices=Role.choices, coerce=lambda value: Role(int(value))
        )


class RoleForm(forms.Form):
    role = RoleField()


class MemberForm(forms.Form):
    """Somebody who has an account already, by the exact name that it has."""

    username = forms.CharField(label=_("User name"), max_length=150)
    role = RoleField()

    def __init__(self, ledger: Ledger, data: Any = None) -> None:
        self.ledger = ledger
        super().__init__(data, initial={"role": Role.VIEWER})

    def clean_username(self) -> User:
        name = self.cleaned_data["username"]
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            message = _("There is no user “%(name)s”. Capitals count.")
            raise forms.ValidationError(message, params={"name": name})
        if self.ledger.memberships.filter(user=user).exists():
            raise self.member_already(user)
        return user

    @staticmethod
    def member_already(user: User) -> forms.ValidationError:
        return forms.ValidationError(_("%(name)s is a member already."), params={"name": user})

    def save(self) -> Membership | None:
        """None if somebody else has just added the same user: then the form says so."""
        user, role = self.cleaned_data["username"], self.cleaned_data["role"]
        try:
            with transaction.atomic():
                return self.ledger.memberships.create(user=user, role=role)
        except IntegrityError:
            self.add_error("username", self.member_already(user))
            return None
