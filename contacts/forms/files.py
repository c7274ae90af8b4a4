"""An address book's file as it is sent from the browser."""

import base64
import binascii
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Of the file. It comes back as text, which has to stay under what a form may send.
LARGEST = 1 << 20  # bytes


class UploadForm(forms.Form):
    """The file, or what the preview sends back of it."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)
    name = forms.CharField(required=False, max_length=255)
    content = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        file = data.get("file")
        if file and file.size > LARGEST:
            self.add_error(
                "file",
                _("The file is larger than 1 MB; the command import_contacts takes any size."),
            )
        elif file:
            data["name"], data["bytes"] = file.name, file.read()
        elif data.get("content"):
            data["bytes"] = self.decoded(data["content"])
        elif not self.errors:
            self.add_error("file", _("No file was chosen."))
        return data

    def decoded(self, content: str) -> bytes:
        try:
            return base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            self.add_error("file", _("The file did not arrive whole; choose it again."))
            return b""
