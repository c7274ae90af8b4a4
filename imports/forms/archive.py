from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class ArchiveForm(forms.Form):
    """A ledger as one file."""

    file = forms.FileField(label=_("Archive"), allow_empty_file=True, max_length=500)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_MB << 20:
            message = _("It is larger than %(limit)d MB: take import_ledger for it.")
            raise ValidationError(message, params={"limit": settings.MAX_UPLOAD_MB})
        return file
