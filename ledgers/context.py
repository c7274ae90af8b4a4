from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ledgers.access import ledgers_of
from ledgers.models import Ledger, Role
from txproject.http import path_of


def sections(request: HttpRequest, ledger: Ledger) -> list[dict[str, Any]]:
    entries = [
        ("transaction_list", _("Transactions"), "list-details"),
        ("contact_list", _("Contacts"), "address-book"),
        ("unidentified", _("Unidentified"), "user-question"),
        ("wallet_list", _("Wallets"), "wallet"),
        ("transfer_list", _("Transfers"), "arrows-left-right"),
        ("label_list", _("Labels"), "tag"),
        ("import_list", _("Imports"), "file-import"),
    ]
    urls = [(path_of(name, ledger.slug), label, icon) for name, label, icon in entries]
    return [
        {"url": url, "label": label, "icon": icon, "active": request.path.startswith(url)}
        for url, label, icon in urls
    ]


def ledger(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page needs; ledger and role only where the view has entered one."""
    theme = request.COOKIES.get("theme", "")
    frame: dict[str, Any] = {
        "theme": theme if theme in {"light", "dark"} else "",
        "languages": settings.LANGUAGES,
    }
    current: Ledger | None = getattr(request, "ledger", None)
    if current is None:
        return frame
    membership = request.membership  # type: ignore[attr-defined]
    return frame | {
        "ledger": current,
        "ledgers": partial(ledgers_of, membership.user_id),
        "sections": sections(request, current),
        "can_edit": membership.may(Role.ANNOTATOR),
        "can_write": membership.may(Role.EDITOR),
    }
