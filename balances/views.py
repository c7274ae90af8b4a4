from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from balances.forms import DAY, RangeForm, StatedBalanceForm
from balances.models import StatedBalance
from balances.presentation import (
    Rows,
    ShownHeld,
    iso,
    picture,
    shown_files,
    shown_held,
    shown_stated,
)
from balances.queries.running import Held, Running, span
from balances.queries.stated import Compared, Filed, compared, filed, held_or_stated
from contacts.models import Wallet
from ledgers.access import LedgerRequest, ledger_view
from ledgers.editing import Editor
from ledgers.models import Role
from transactions.forms.by_hand import MomentField, asset_text, doubt_of, known_time
from transactions.models import Asset
from transactions.queries.listing import is_small
from txproject.http import moved_on, next_url, partial, see_other

PAGE = "balances/wallet.html"
EDITOR = "balances/edit.html"
# As buttons; the dates take one to any other.
YEARS = 6
OFFERED = 500
editor = ledger_view(read=Role.EDITOR, write=Role.EDITOR)


@ledger_view()
def wallet_balance(request: LedgerRequest, wallet: int) -> HttpResponse:
    """With its picture where that costs nothing, else with where to get it afterwards."""
    return balance_page(request, wallet, is_small(request.ledger))


@ledger_view()
def wallet_figures(request: LedgerRequest, wallet: int) -> HttpResponse:
    """Picture, table and differences of however many transactions, from a snapshot of their own."""
    return balance_page(request, wallet, True, afterwards=True)


def balance_page(
    request: LedgerRequest, pk: int, exact: bool, afterwards: bool = False
) -> HttpResponse:
    wallet = get_object_or_404(request.ledger.wallets, pk=pk)
    wallet.ledger = request.ledger
    form = RangeForm(request.GET, request.ledger)
    where = reverse("wallet_figures", args=[request.ledger.slug, wallet.pk])
    context = {
        "wallet": wallet,
        "form": form,
        "exact": exact,
        "afterwards": afterwards,
        "figures_url": f"{where}?{request.GET.urlencode()}",
        "page_url": (here := page_url(wallet)),
        "here": f"{here}?{request.GET.urlencode()}" if request.GET else here,
        "rows_url": Rows(request.ledger, wallet, "").url(),
    }
    if exact:
        context |= figures(wallet, form)
    return render(request, f"{PAGE}#balance" if partial(request) else PAGE, context)


def figures(wallet: Wallet, form: RangeForm) -> dict[str, Any]:
    held = held_or_stated(wallet)
    if not form.is_valid():
        return {"held": shown(held, None, wallet, form)}
    asset = form.cleaned_data["asset"] or (held[0].asset if held else None)
    found = {"held": shown(held, asset, wallet, form), "asset": asset}
    return found | of_asset(wallet, asset, form) if asset else found


def shown(
    held: list[Held], chosen: Asset | None, wallet: Wallet, form: RangeForm
) -> list[ShownHeld]:
    """Each with where it is shown, in the same days."""
    days = {name: form.data[name] for name in ("since", "until") if form.data.get(name)}
    page = page_url(wallet)
    return [
        shown_held(
            each, each.asset == chosen, f"{page}?{urlencode(days | {'asset': each.asset.pk})}"
        )
        for each in held
    ]


def of_asset(wallet: Wallet, asset: Asset, form: RangeForm) -> dict[str, Any]:
    beside = compared(wallet, asset)
    moments = [*(span(wallet, asset) or ()), *(each.row.at for each in beside)]
    if not moments:
        return {}
    first, last = min(moments), max(moments)
    running = Running(wallet, asset, *form.within(first, last))
    rows = Rows(wallet.ledger, wallet, asset.symbol)
    files = filed(wallet, asset)
    drawn = picture(running, rows, amounts_between(running, beside, files))
    return {
        "picture": drawn,
        "stated": [shown_stated(each, running, rows, drawn.scale) for each in beside],
        "files": shown_files(files, running, rows, drawn.scale),
        "years": years(wallet, asset, first, last),
        "chosen_days": bool(form.cleaned_data["since"] or form.cleaned_data["until"]),
        "since": iso(running.start),
        "until": iso(running.end - DAY),
    }


def amounts_between(running: Running, beside: list[Compared], files: Filed) -> list[Decimal]:
    """That are drawn besides."""
    stated = [(each.row.at, each.row.amount) for each in beside]
    stated += [(each.at, each.stated) for each in files.differences]
    return [amount for at, amount in stated if running.has(at)]


def years(wallet: Wallet, asset: Asset, first: datetime, last: datetime) -> list[tuple[int, str]]:
    """The last ones of several, each with where it is shown."""
    all_ = range(timezone.localdate(first).year, timezone.localdate(last).year + 1)
    page = f"{page_url(wallet)}?asset={asset.pk}"
    wanted = all_[-YEARS:] if len(all_) > 1 else ()
    return [(year, f"{page}&since={year:04}-01-01&until={year:04}-12-31") for year in wanted]


@editor
def stated_balance_new(request: LedgerRequest, wallet: int) -> HttpResponse:
    row = StatedBalance(ledger=request.ledger, at=timezone.now(), asset=asset_asked(request))
    row.wallet = get_object_or_404(request.ledger.wallets, pk=wallet)
    return edit(request, row)


@editor
def stated_balance(request: LedgerRequest, balance: int) -> HttpResponse:
    return edit(request, load(request, balance))


def edit(request: LedgerRequest, row: StatedBalance) -> HttpResponse:
    """It leads back to where the asset is shown that was stated."""
    editor, was = page(request, row), row.at if row.pk else None
    answer = editor.edit(row, StatedBalanceForm)
    if answer.status_code != 303:
        return answer
    if doubt := doubt_of(known_time(MomentField().clean(request.POST["at"]), was)):
        messages.warning(request, doubt)
    asset = StatedBalance.objects.filter(pk=row.pk).values_list("asset", flat=True).first()
    if asset is None or str(asset) in QueryDict(urlsplit(editor.back).query).getlist("asset"):
        return answer
    return moved_on(request, f"{page_url(row.wallet)}?asset={asset}")


@ledger_view(read=None, write=Role.EDITOR)
def stated_balance_removed(request: LedgerRequest, balance: int) -> HttpResponse:
    """As it was seen; the history brings it back."""
    row, version = load(request, balance), request.POST.get("version", "")
    same = request.ledger.stated_balances.filter(pk=row.pk)
    if version.isdecimal() and len(version) < 19 and same.filter(version=version).delete()[0]:
        messages.success(request, _("The stated balance is deleted."))
    else:
        messages.warning(request, _("It was changed in the meantime, and is still there."))
    return see_other(next_url(request, page_url(row.wallet)))


def load(request: LedgerRequest, pk: int) -> StatedBalance:
    rows = request.ledger.stated_balances.select_related("wallet", "asset", "edited_by", "ledger")
    return get_object_or_404(rows, pk=pk)


def asset_asked(request: LedgerRequest) -> Any:
    """The one whose picture the form was opened on."""
    form = RangeForm(request.GET, request.ledger)
    return form.cleaned_data["asset"] if form.is_valid() else None


def page(request: LedgerRequest, row: StatedBalance) -> Editor:
    assets = [asset_text(asset) for asset in request.ledger.assets.all()[:OFFERED]]
    more = {"assets": assets, "wallet": row.wallet}
    return Editor(request, EDITOR, page_url(row.wallet), more)


def page_url(wallet: Wallet) -> str:
    return reverse("wallet_balance", args=[wallet.ledger.slug, wallet.pk])
