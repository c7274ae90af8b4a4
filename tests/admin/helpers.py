"""Forms as a browser sends them."""

from html.parser import HTMLParser
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse


class Form(HTMLParser):
    """What the form of this id would send."""

    def __init__(self, page: str, form: str) -> None:
        super().__init__()
        self.wanted, self.inside = form, False
        self.data: dict[str, Any] = {}
        self.select = self.area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        name, value = named.get("name") or "", named.get("value") or ""
        if tag == "form":
            self.inside = named.get("id") == self.wanted
        elif self.inside and tag == "input" and name and named.get("type") != "submit":
            if named.get("type") not in ("checkbox", "radio") or "checked" in named:
                self.data.setdefault(name, []).append(value or "on" * ("checked" in named))
        elif self.inside and tag == "select":
            self.select = name
        elif self.inside and tag == "option" and "selected" in named:
            self.data.setdefault(self.select, []).append(value)
        elif self.inside and tag == "textarea":
            self.area = name
            self.data[name] = [""]

    def handle_data(self, data: str) -> None:
        if self.area:
            self.data[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            first = self.data[self.area][0]
            self.data[self.area][0] = first.removeprefix("\r\n").removeprefix("\n")
            self.area = ""
        elif tag == "form":
            self.inside = False


def admin_url(thing: Model | type[Model], page: str = "change") -> str:
    args = [thing.pk] if isinstance(thing, Model) and page != "changelist" else []
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_{page}", args=args)


def opened(client: Client, row: Model) -> dict[str, Any]:
    """What the row's form sends if nothing is typed."""
    page = client.get(admin_url(row)).content.decode()
    return Form(page, f"{row._meta.model_name}_form").data


def conflict_form(response: Any) -> dict[str, Any]:
    return Form(response.content.decode(), "conflict-form").data


def saved(client: Client, row: Model, data: dict[str, Any], **typed: Any) -> Any:
    return client.post(admin_url(row), data | typed | {"_save": "Save"})


def current(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk)
