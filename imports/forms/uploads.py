"""Which files, and how they are read."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from contacts.chains import EVM_CHAINS
from formats import FORMATS
from imports.models import Upload
from imports.pipeline.kinds import mapped
from ledgers.models import Ledger, User
from ledgers.naming import refuse_unseen

TEXT = {"class": "form-control", "autocomplete": "off", "spellcheck": "false"}
SELECT = {"class": "form-select"}


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or many."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    file = FilesField(label=_("Files"), allow_empty_file=True, max_length=500)

    def __init__(self, by: User, *args: Any) -> None:
        super().__init__(*args)
        self.by = by

    def clean_file(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["file"]
        active = Upload.objects.filter(uploaded_by=self.by, state__in=Upload.ACTIVE).count()
        if active + len(files) > settings.UPLOADS_PER_USER:
            message = _("%(n)d of your files are not done yet; at most %(limit)d may be.")
            raise ValidationError(message, params={"n": active, "limit": settings.UPLOADS_PER_USER})
        for file in files:
            if file.size > settings.MAX_UPLOAD_MB << 20:
                message = _("“%(name)s” is larger than %(limit)d MB: split it, or pack it.")
                names = {"name": file.name, "limit": settings.MAX_UPLOAD_MB}
                raise ValidationError(message, params=names)
        return files


class OptionsForm(forms.Form):
    """What can be said of a file that it does not say itself. Empty fields are found out."""

    wallet = forms.CharField(
        label=_("Wallet"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=TEXT | {"list": "wallets"}),
    )
    format = forms.ChoiceField(label=_("Format"), required=False, widget=forms.Select(attrs=SELECT))
    time_zone = forms.CharField(
        label=_("Time zone of the file"),
        required=False,
        help_text=_("For times that do not say theirs. Without it: UTC."),
        widget=forms.TextInput(attrs=TEXT | {"list": "time-zones"}),
    )
    chain = forms.ChoiceField(label=_("Chain"), required=False, widget=forms.Select(attrs=SELECT))
    owner_address = forms.CharField(
        label=_("Whose addresses"),
        required=False,
        max_length=200,
        help_text=_("The own address of an explorer’s file, where the file does not say it."),
        widget=forms.TextInput(attrs=TEXT),
    )
    decimal_mark = forms.ChoiceField(
        label=_("Decimal mark"),
        required=False,
        choices=[("", _("point: 1,234.56")), (",", _("comma: 1.234,56"))],
        widget=forms.Select(attrs=SELECT),
    )
    date_order = forms.ChoiceField(
        label=_("Dates"),
        required=False,
        choices=[
            ("", _("year first: 2024-01-31")),
            ("dmy", _("day first: 31/01/2024")),
            ("mdy", _("month first: 01/31/2024")),
        ],
        widget=forms.Select(attrs=SELECT),
    )
    skip_bad = forms.BooleanField(
        label=_("Leave out the rows that are not understood"), required=False
    )

    restore_deleted = forms.BooleanField(
        label=_("Bring rows back that somebody deleted"), required=False
    )

    def __init__(self, ledger: Ledger, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ledger = ledger
        formats = sorted((each.name, each.title) for each in [*FORMATS, *mapped(ledger)])
        self.choices("format", [("", _("found out")), *formats])
        self.choices("chain", [("", "ethereum"), *((each, each) for each in sorted(EVM_CHAINS))])

    def choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_wallet(self) -> str:
        name: str = self.cleaned_data["wallet"].strip()
        refuse_unseen(name, self.ledger.wallets)
        return name

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"].strip()
        if name and name not in zoneinfo.available_timezones():
            message = _("There is no time zone “%(name)s”; names are such as Europe/Berlin.")
            raise ValidationError(message, params={"name": name})
        return name
