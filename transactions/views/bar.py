"""The bar over a list that was opened as a view: what it is called, and whether it is changed."""

from dataclasses import dataclass

from ledgers.access import LedgerRequest
from ledgers.models import Role
from transactions.models import SavedView
from transactions.queries.saved_views import normalised
from txproject.http import path_of


@dataclass
class Bar:
    """`view` is None where it is not there any more, or not for the reader."""

    view: SavedView | None
    query: str
    page: str
    again_url: str
    new_url: str
    may_change: bool

    @property
    def changed(self) -> bool:
        return self.view is not None and self.view.query != self.query

    @property
    def whose(self) -> str:
        return "mine" if self.view and self.view.owner_id else "ledger"


def bar_of(request: LedgerRequest, path: str) -> Bar | None:
    """None for a list that is no view's; `path` is the list's."""
    slug = request.GET.get("view")
    if not slug:
        return None
    view = request.ledger.views.seen_by(request.user).filter(slug=slug).first()
    query, of = normalised(request.GET), request.ledger.slug
    shares = request.membership.may(Role.ANNOTATOR)
    return Bar(
        view=view,
        query=query,
        page=f"{path}?{request.GET.urlencode()}",
        again_url=f"{path_of('view_bar', of)}?{request.GET.urlencode()}",
        new_url=f"{path_of('view_new', of)}?{query}",
        may_change=view is not None and (view.owner_id is not None or shares),
    )
