import re
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.actions import contacts as actions
from contacts.chains import family, short
from contacts.forms.contacts import (
    AddressForm,
    ChangedMeanwhile,
    ContactForm,
    ContactNameForm,
    MergeForm,
    NoteForm,
)
from contacts.models import Address, Contact
from contacts.queries import contacts as queries
from contacts.queries.contacts import ContactListing, usage_of_addresses, usage_of_contacts
from contacts.views.editing import Editor
from history.views import last_entries
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from ledgers.undo import offer
from live.versions import Conflict
from transactions.presentation import (
    Presenter,
    count_text,
    format_day,
    shown_total,
)
from transactions.queries import listing as listings
from transactions.queries.columns import USUAL_COLUMNS
from transactions.queries.listing import SIZES, Listing, Pages
from transactions.queries.rows import MAX_SHOWN_COUNT, in_order
from transactions.views.listing import link, pager, selection
from transactions.views.listing import sorts as all_sorts
from txproject.http import alone, displayed_ids, next_url, partial, see_other
from txproject.localized import grouped

annotator = ledger_view(read=Role.ANNOTATOR, write=Role.ANNOTATOR)
# Of the addresses of one contact; the rest on request.
ADDRESSES = 100


@ledger_view()
def contact_list(request: LedgerRequest) -> HttpResponse:
    listing = ContactListing(request.ledger, request.GET)
    pages = Pages(listing)
    contacts = queries.in_order(pages.ids)
    use = usage_of_contacts(request.ledger, contacts)
    context = {
        "contacts": [shown_contact(contact, use[contact.pk]) for contact in contacts],
        "q": listing.text,
        "size": listing.size,
        **paging(request, pages),
    }
    template = "contacts/list.html"
    return render(request, f"{template}#contacts" if partial(request) else template, context)


def paging(request: LedgerRequest, pages: Pages) -> dict[str, Any]:
    sizes = [(size, link(request, size=size, page=None)) for size in SIZES]
    return {"pages": pages, "pager": pager(request, pages), "sizes": sizes}


def shown_contact(contact: Contact, use: queries.Usage) -> dict[str, Any]:
    return {
        "contact": contact,
        "initials": initials(contact.name),
        "addresses": contact.n,  # type: ignore[attr-defined]
        "transactions": capped_text(use.n),
        "last": use.last and format_day(use.last),
    }


def capped_text(n: int) -> str:
    return f"{grouped(MAX_SHOWN_COUNT)}+" if n > MAX_SHOWN_COUNT else grouped(n)


def initials(name: str) -> str:
    """Of its first two words, as far as they begin with letters or digits."""
    words = re.findall(r"\w+", name)
    return "".join(word[0] for word in words[:2]).upper()


@annotator
def contact_new(request: LedgerRequest) -> HttpResponse:
    asked = {"contact_name": request.GET.get("name", ""), "address": request.GET.get("address", "")}
    form = ContactForm(request.ledger, request.POST or None, initial=asked)
    if request.method == "POST":
        try:
            if form.is_valid():
                return see_other(url(request, "contact", form.save(by=request.user)))
        except ChangedMeanwhile:
            form = ContactForm(request.ledger, request.POST)
    status = 422 if request.method == "POST" else 200
    return render(request, "contacts/new.html", {"form": form}, status=status)


def load(request: LedgerRequest, pk: int) -> Contact:
    """A contact of the ledger; Http404 otherwise."""
    contact = get_object_or_404(request.ledger.contacts.select_related("edited_by"), pk=pk)
    contact.ledger = request.ledger
    return contact


def load_address(request: LedgerRequest, pk: int) -> Address:
    rows = request.ledger.addresses.select_related("edited_by", "contact", "wallet")
    address = get_object_or_404(rows, pk=pk)
    address.ledger = request.ledger
    return address


def url(request: LedgerRequest, name: str, row: Any) -> str:
    return reverse(name, args=[request.ledger.slug, row.pk])


@ledger_view()
def contact(request: LedgerRequest, contact: int) -> HttpResponse:
    row = load(request, contact)
    listing = listing_of(request, row)
    pages = Pages(listing)
    pages.hold(listing, displayed_ids(request))
    presenter = Presenter(request.ledger, request.get_full_path())
    use = usage_of_contacts(request.ledger, [row])[row.pk]
    context = {
        "contact": row,
        "initials": initials(row.name),
        "use": shown_use(use),
        **selection(request, pages),
        "columns": USUAL_COLUMNS,
        "groups": presenter.groups(in_order(pages.ids, request.ledger.reader)),
        "sorts": {"time": all_sorts(request, listing)["time"]},
        "size": listing.size,
        "next": request.get_full_path(),
        "filter_url": f"{reverse('transaction_list', args=[request.ledger.slug])}?contact={row.pk}",
        **paging(request, pages),
        **addresses(request, row),
        **totals(request, row, listing, pages),
        **last_entries(request, contact=row.pk),
    }
    template = "contacts/contact.html"
    return render(request, f"{template}#transactions" if partial(request) else template, context)


def listing_of(request: LedgerRequest, row: Contact) -> Listing:
    """Of the URL only order and page count; the filter is the contact."""
    query = QueryDict(mutable=True)
    for name in ("page", "size", "sort"):
        if name in request.GET:
            query[name] = request.GET[name]
    query["contact"] = str(row.pk)
    return Listing.of(request.ledger, query)


def shown_use(use: queries.Usage) -> dict[str, Any]:
    return {"n": count_text(use.n), "last": use.last and format_day(use.last)}


def address_line(at: Address, use: queries.Usage) -> dict[str, Any]:
    return {"address": at, "family": family(at.family).name, **shown_use(use)}


def addresses(request: LedgerRequest, row: Contact) -> dict[str, Any]:
    rows = row.addresses.order_by("pk")
    count = rows.count()
    found = list(rows if "addresses" in request.GET else rows[:ADDRESSES])
    use = usage_of_addresses(request.ledger, found)
    lines = [
        {"address": at, "family": family(at.family).name, **shown_use(use[at.pk])} for at in found
    ]
    more = None if len(found) == count else link(request, addresses="all")
    return {"addresses": lines, "n_addresses": count, "more_addresses": more}


def totals(request: LedgerRequest, row: Contact, listing: Listing, pages: Pages) -> dict[str, Any]:
    """Exact, or where to get them once the rows are there."""
    if pages.capped:
        return {"totals_url": url(request, "contact_totals", row)}
    return {"totals": [shown_total(total) for total in listings.totals(listing.rows)]}


@ledger_view()
def contact_totals(request: LedgerRequest, contact: int) -> HttpResponse:
    row = load(request, contact)
    found = listings.totals(listing_of(request, row).rows)
    shown = [shown_total(total) for total in found]
    context = {"contact": row, "totals": shown, "alone": alone(request)}
    template = "contacts/totals.html"
    return render(request, f"{template}#totals" if partial(request) else template, context)


def edit(request: LedgerRequest, pk: int, form_class: Any) -> HttpResponse:
    """An editor of a contact that leads back to its page."""

    def save(form: Any) -> HttpResponse:
        form.save(by=request.user)
        return see_other(where)

    row = load(request, pk)
    where = next_url(request, url(request, "contact", row))
    context = {"contact": row, "initials": initials(row.name)}
    return Editor(request, form_class, lambda: load(request, pk), where, context).answer(save)


@annotator
def contact_name(request: LedgerRequest, contact: int) -> HttpResponse:
    return edit(request, contact, ContactNameForm)


@annotator
def contact_note(request: LedgerRequest, contact: int) -> HttpResponse:
    return edit(request, contact, NoteForm)


@annotator
def contact_address(request: LedgerRequest, contact: int) -> HttpResponse:
    return edit(request, contact, AddressForm)


@annotator
def contact_merge(request: LedgerRequest, contact: int) -> HttpResponse:
    def save(form: MergeForm) -> HttpResponse:
        assert form.other
        done = actions.merge(form.row, form.other, request.user)
        text = _("%(other)s is %(kept)s now.") % {"other": form.other, "kept": form.row}
        offer(request, text, "merge", done)
        return see_other(where)

    row = load(request, contact)
    where = next_url(request, url(request, "contact", row))
    context = {"contact": row, "initials": initials(row.name)}
    return Editor(request, MergeForm, lambda: load(request, contact), where, context).answer(save)


@annotator
def contact_delete(request: LedgerRequest, contact: int) -> HttpResponse:
    row = load(request, contact)
    seen = listings.int_or(request.POST.get("version"), 0)
    if not seen:
        return ask_to_delete(request, row, status=422 if request.method == "POST" else 200)
    try:
        done = actions.remove(row, seen, request.user)
    except Conflict:
        return ask_to_delete(request, load(request, contact), status=409)
    text = ngettext(
        "%(name)s was deleted; %(n)s address has no name now.",
        "%(name)s was deleted; %(n)s addresses have no name now.",
        done["addresses"],
    )
    offer(request, text % {"name": row, "n": done["addresses"]}, "contact", done)
    return see_other(reverse("contact_list", args=[request.ledger.slug]))


def ask_to_delete(request: LedgerRequest, row: Contact, status: int = 200) -> HttpResponse:
    where = url(request, "contact", row)
    context = {
        "contact": row,
        "n": row.addresses.count(),
        "transactions": actions.transactions_of(row).count(),
        "next": where,
        "status": status,
    }
    return render(request, "contacts/delete.html", context, status=status)


@annotator
def address_note(request: LedgerRequest, address: int) -> HttpResponse:
    def save(form: NoteForm) -> HttpResponse:
        form.save(by=request.user)
        return see_other(where)

    row = load_address(request, address)
    where = next_url(
        request, url(request, "contact", row.contact or row) if row.contact else home(request)
    )
    context = {"contact": row.contact, "address": row}
    return Editor(request, NoteForm, lambda: load_address(request, address), where, context).answer(
        save
    )


def home(request: LedgerRequest) -> str:
    return reverse("contact_list", args=[request.ledger.slug])


@ledger_view(read=None, write=Role.ANNOTATOR)
def address_release(request: LedgerRequest, address: int) -> HttpResponse:
    """Take an address away from its contact; 409 where somebody has changed it meanwhile."""
    row = load_address(request, address)
    where = next_url(request, home(request))
    if row.contact is None:
        return see_other(where)
    try:
        done = actions.unassign(row, listings.int_or(request.POST.get("version"), 0), request.user)
    except Conflict:
        return render(request, "409.html", {"next": where}, status=409)
    said = {"address": short(row.shown), "name": row.contact}
    offer(request, _("%(address)s is not %(name)s’s any more.") % said, "address", done)
    return see_other(where)
