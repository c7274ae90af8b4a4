"""The ledger itself: its name, its time zone, who may what in it."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ledgers.access import LedgerRequest, ledger_view
from ledgers.editing import Editor
from ledgers.forms import LedgerForm, MemberForm, NewLedgerForm, RoleForm, time_zones
from ledgers.models import MAY, LastOwner, Ledger, Membership, Role, User
from live.writers import Way, writing
from txproject.http import partial, see_other

TEMPLATE = "ledgers/settings.html"
owner = ledger_view(read=None, write=Role.OWNER)


def new_ledger(request: HttpRequest) -> HttpResponse:
    """Anybody may have another ledger; in its own URL, as it is of no ledger yet."""
    user = cast(User, request.user)
    form = NewLedgerForm(request.POST or None, initial={"time_zone": usual_zone(user)})
    if request.method == "POST" and form.is_valid():
        with writing(Way.PAGE, user):
            return see_other(form.save(by=user).get_absolute_url())
    return new_page(request, form, 422 if form.is_bound else 200)


def new_page(
    request: HttpRequest, form: NewLedgerForm, status: int = 200, archive: Any = None
) -> HttpResponse:
    """`archive` is the form of a ledger's archive that was refused."""
    context = {"form": form, "archive": archive, "time_zones": time_zones()}
    return render(request, "ledgers/new.html", context, status=status)


def usual_zone(user: User) -> str:
    ledger = Ledger.objects.of(user).first()
    return ledger.time_zone if ledger else "UTC"


@ledger_view(write=Role.OWNER)
def ledger_settings(request: LedgerRequest) -> HttpResponse:
    if request.method == "GET" and partial(request):
        return render(request, f"{TEMPLATE}#members", members(request))
    response = page(request).edit(request.ledger, LedgerForm)
    if response.status_code == 303:
        messages.success(request, _("Saved."))
    return response


@owner
def ledger_files(request: LedgerRequest) -> HttpResponse:
    """Whoever sets the same at once agrees, so there is no version to compare."""
    keeps = request.POST.get("keeps") == "1"
    stamp = {"edited_at": timezone.now(), "edited_by": request.user}
    changed = Ledger.objects.filter(pk=request.ledger.pk, keeps_files=not keeps)
    changed.update(keeps_files=keeps, **stamp)
    if keeps:
        messages.success(request, _("Files that are imported from now on are kept."))
    else:
        messages.success(request, _("Files that are imported from now on are not kept."))
    return see_other(settings_url(request))


@owner
def member_list(request: LedgerRequest) -> HttpResponse:
    form = MemberForm(request.ledger, request.POST)
    member = form.save() if form.is_valid() else None
    if member is None:
        return settings_page(request, form, status=422)
    text = _("%(name)s is a member now: %(role)s.")
    messages.success(request, text % {"name": member.user, "role": member.get_role_display()})
    return see_other(settings_url(request))


@owner
def member_role(request: LedgerRequest, member: int) -> HttpResponse:
    membership = load(request, member)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return settings_page(request, status=422)
    try:
        request.ledger.change_role(membership, form.cleaned_data["role"])
    except LastOwner:
        return last_owner(request, membership)
    text = _("%(name)s: %(role)s from now on.")
    role = form.cleaned_data["role"].label
    messages.success(request, text % {"name": membership.user, "role": role})
    return see_other(settings_url(request))


@owner
def member_removed(request: LedgerRequest, member: int) -> HttpResponse:
    membership = load(request, member)
    try:
        request.ledger.remove(membership)
    except LastOwner:
        return last_owner(request, membership)
    messages.success(request, _("%(name)s is no longer a member.") % {"name": membership.user})
    oneself = membership.user == request.user
    return redirect("home") if oneself else see_other(settings_url(request))


def last_owner(request: LedgerRequest, membership: Membership) -> HttpResponse:
    text = _("%(name)s is the only owner, so nothing was changed. Make somebody else owner first.")
    messages.error(request, text % {"name": membership.user})
    return settings_page(request, status=422)


def load(request: LedgerRequest, pk: int) -> Membership:
    return get_object_or_404(request.ledger.memberships.select_related("user"), pk=pk)


def settings_url(request: LedgerRequest) -> str:
    return reverse("ledger_settings", args=[request.ledger.slug])


def page(request: LedgerRequest, member: MemberForm | None = None) -> Editor:
    context = {
        "member_form": member or MemberForm(request.ledger),
        "may": [(role.label, MAY[role]) for role in Role],
        "time_zones": time_zones(),
    }
    return Editor(request, TEMPLATE, settings_url(request), context | members(request))


def members(request: LedgerRequest) -> dict[str, Any]:
    found = request.ledger.memberships.select_related("user").order_by("user__username", "pk")
    return {
        "members": sorted(found, key=lambda member: -Role(member.role).rank),
        "roles": Role.choices,
        "owns": request.membership.may(Role.OWNER),
    }


def settings_page(
    request: LedgerRequest, member: MemberForm | None = None, status: int = 200
) -> HttpResponse:
    return page(request, member).show(LedgerForm(request.ledger), request.ledger, status)
