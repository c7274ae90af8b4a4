"""The pages of rules: made, changed, two at once, applied by the worker, taken back."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from history.models import Entry
from ledgers.models import Ledger, Membership, Role, User
from live.writers import Way, writing
from rules import tasks
from rules.actions import apply_to_import, cancel
from rules.forms import RuleForm, split
from rules.models import Effect, Rule, Run
from rules.tasks import Superseded
from tests.factories import (
    make_batch,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_rule,
    make_run,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
RULES = "/keller/rules/"
NEW = f"{RULES}new/"


def text(response: Any) -> str:
    page = html.unescape(response.content.decode())
    return " ".join(re.sub(r"<(/?(b|mark|bdi|ins|del)\b)[^>]*>", "", page).split())


def url(rule: Rule, what: str = "") -> str:
    return f"{RULES}{rule.pk}/{what}"


def client_of(ledger: Ledger, role: Role) -> Client:
    client = Client()
    client.force_login(make_member(ledger, make_user(), role).user)
    return client


def imported(ledger: Ledger, **kw: Any) -> Transaction:
    with writing(Way.IMPORT):
        return make_transaction(ledger, **kw)


def given(**more: Any) -> dict[str, Any]:
    said = {"name": "Rent", "query": "type=gift", "adds": "rent", "enabled": "on", "version": 1}
    return said | more


def work() -> None:
    call_command("run_worker", "--once", "--concurrency=1")


# --- Made ---


def test_rule_is_made_of_the_list_and_shows_what_it_would_do(
    client: Client, ledger: Ledger
) -> None:
    """Nothing is written before that."""
    tx = imported(ledger, type="gift")
    imported(ledger)

    asked = client.get(f"{NEW}?type=gift&page=2&sort=time&view=x")
    assert "Type: Gift" in text(asked)
    made = client.post(NEW, given(query="type=gift&sort=time", note="it's 100 %", contact="Maria"))
    rule = Rule.objects.get()
    page = client.get(url(rule))

    assert (made.status_code, made.headers["Location"]) == (303, url(rule))
    assert (rule.query, rule.name, rule.enabled, rule.place) == ("type=gift", "Rent", True, 1)
    assert rule.adds == [ledger.labels.get(name="rent").pk]
    assert rule.contact == ledger.contacts.get(name="Maria")
    said = text(page)
    for part in ("It would change 1 transaction", "rent", "Maria", "it's 100 %"):
        assert part in said
    assert f"/transactions/{tx.pk}/" in said
    assert Transaction.objects.get(pk=tx.pk).note == ""


def test_address_of_the_list_is_a_filter(client: Client) -> None:
    where = "https://books.example/keller/transactions/?type=gift&page=3"

    client.post(NEW, given(query=where))

    assert Rule.objects.get().query == "type=gift"


def test_filter_is_written_as_in_the_search(client: Client, ledger: Ledger) -> None:
    """And stands there so when it is edited; what has no words any more, as it is."""
    label, wallet = make_label(ledger, "Blue Harbor"), make_wallet(ledger, "Kraken")
    words = 'label:"Blue Harbor" -wallet:Kraken amount:>100 fee'

    client.post(NEW, given(query=words))

    rule = Rule.objects.get()
    query = QueryDict(rule.query)
    assert query.dict() == {
        "label": str(label.pk),
        "wallet": str(wallet.pk),
        "wallet_not": "1",
        "above": "100",
        "q": "fee",
    }
    form = client.get(url(rule, "edit/")).context["form"]
    assert form["query"].value() == '-wallet:Kraken label:"Blue Harbor" amount:>100 fee'
    assert QueryDict(form.asked)["q"].startswith("-wallet:")
    label.delete()
    assert client.get(url(rule, "edit/")).context["form"]["query"].value() == rule.query


def test_empty_filter_and_the_bare_address_mean_all(client: Client) -> None:
    for n, given_query in enumerate(["", "https://books.example/keller/transactions/"]):
        client.post(NEW, given(name=f"{n}", query=given_query))

    assert list(Rule.objects.values_list("query", flat=True)) == ["", ""]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": "labl:tax"}, "labl"),
        ({"query": "http://[?since=soon"}, "From: Enter a valid date."),
        ({"query": 'note:"open'}, "Text: "),
        ({"query": "label:none-of-that"}, "none-of-that"),
        ({"name": "RENT "}, "There is a rule “RENT” already."),
        ({"name": ""}, "This field is required."),
        ({"query": "since=soon"}, "From: Enter a valid date."),
        ({"adds": "a\u200bb"}, "nobody can see"),
        ({"adds": "x" * 101}, "longer than 100 characters"),
        ({"takes": "RENT"}, "“rent” is to be added as well."),
        ({"adds": ""}, "Say what it does"),
        ({"type": "x"}, "Select a valid choice."),
    ],
)
def test_rule_that_cannot_be_is_refused_beside_the_field(
    client: Client, ledger: Ledger, change: dict[str, str], said: str
) -> None:
    make_rule(ledger, "Rent")

    response = client.post(NEW, given(name="fine") | change)

    assert (response.status_code, said in text(response)) == (422, True)
    assert ledger.rules.count() == 1
    assert not ledger.labels.exists()


def test_bulk_edit_is_offered_as_a_rule(client: Client, ledger: Ledger) -> None:
    tx = imported(ledger, type="gift")
    where = "/keller/transactions/?type=gift"
    acts = [{"do": "label", "label": "rent"}, {"do": "contact", "contact": "Maria"}, {"do": "hide"}]
    forms = []

    for act in acts:
        bulk = {"scope": "selected", "row": tx.pk, "next": where}
        done = client.post(reverse("transaction_bulk", args=[ledger.slug]), bulk | act, follow=True)
        link = re.search(r'href="([^"]*rules/new/[^"]*then_[^"]*)"', done.content.decode())
        assert link
        forms.append(client.get(html.unescape(link[1])).context["form"])

    assert [form["query"].value() for form in forms] == ["type:gift"] * 3
    said = [
        (form["adds"].value(), form["contact"].value(), form["hides"].value()) for form in forms
    ]
    assert said == [("rent", "", False), ("", "Maria", False), ("", "", True)]


def test_what_is_proposed_is_of_the_ledger(client: Client, user: User) -> None:
    other = make_ledger(owner=user)
    label, contact = make_label(other, "secret"), make_contact(other, "Secret")

    page = client.get(f"{NEW}?then_label={label.pk}&then_contact={contact.pk}&then_label=x")

    assert "ecret" not in text(page)


def test_label_with_a_comma_in_its_name_stays_one(ledger: Ledger) -> None:
    make_label(ledger, "a, b")

    assert split(ledger, " x ,a, b,, y") == ["x", "a, b", "y"]


@pytest.mark.parametrize("names", [["a", "b"], ["a, b"], ["a", "a, b", "b"]])
def test_labels_of_a_rule_stay_what_they_are_where_one_is_called_like_two(
    client: Client, ledger: Ledger, names: list[str]
) -> None:
    labels = {name: make_label(ledger, name) for name in ("a", "a, b", "b")}
    rule = make_rule(ledger, "Rent", adds=[labels[name].pk for name in names])
    shown = RuleForm.initial_values(rule)["adds"]

    answer = client.post(url(rule, "edit/"), given(adds=f"{shown}, c"))

    assert answer.status_code == 303
    rule.refresh_from_db()
    kept = ledger.labels.filter(pk__in=rule.adds).order_by("name")
    assert list(kept.values_list("name", flat=True)) == [*names, "c"]


# --- Changed ---


def test_two_who_edit_one_rule_lose_nothing(client: Client, ledger: Ledger) -> None:
    rule = make_rule(ledger, "Rent")
    theirs = client_of(ledger, Role.EDITOR)
    theirs.post(url(rule, "edit/"), given(note="theirs"))

    mine = client.post(url(rule, "edit/"), given(note="mine"))

    assert mine.status_code == 409
    said = text(mine)
    assert "Note: theirs" in said
    assert "mine" in said
    assert Rule.objects.get().note == "theirs"
    version = Rule.objects.get().version
    assert client.post(url(rule, "edit/"), given(note="mine", version=version)).status_code == 303
    assert Rule.objects.get().note == "mine"


def test_two_who_save_one_rule_at_once_keep_one_and_tell_the_other(ledger: Ledger) -> None:
    rule, start = make_rule(ledger, "Rent"), Barrier(2)
    both = {name: client_of(ledger, Role.EDITOR) for name in ("theirs", "mine")}

    def save(note: str) -> int:
        try:
            start.wait()
            return both[note].post(url(rule, "edit/"), given(note=note)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = dict(zip(both, pool.map(save, both), strict=True))

    rule.refresh_from_db()
    assert sorted(done.values()) == [303, 409]
    assert (done[rule.note], rule.version) == (303, 2)


def test_editing_keeps_what_the_form_shows(client: Client, ledger: Ledger) -> None:
    label = make_label(ledger, "a, b")
    rule = make_rule(ledger, adds=[label.pk], contact=make_contact(ledger, "Maria"), type="gift")
    form = client.get(url(rule, "edit/")).context["form"]
    shown = {name: form[name].value() for name in form.fields}

    client.post(url(rule, "edit/"), {name: value for name, value in shown.items() if value})

    again = Rule.objects.get()
    assert (again.adds, again.contact, again.type) == ([label.pk], rule.contact, "gift")


def test_rules_are_moved_switched_deleted_and_brought_back(client: Client, ledger: Ledger) -> None:
    one, two = make_rule(ledger), make_rule(ledger)

    client.post(url(two, "place/"), {"move": "up"})
    client.post(url(one, "enabled/"), {"on": "0"})
    assert list(ledger.rules.alive()) == [two, one]
    assert list(ledger.rules.on()) == [two]
    client.post(url(two, "removed/"))
    assert list(ledger.rules.alive()) == [one]
    page = client.get(RULES)
    (message,) = page.context["messages"]
    client.post(reverse("undo", args=[ledger.slug]), {"token": message.extra_tags})
    assert list(ledger.rules.alive()) == [two, one]


def test_rule_that_needs_an_editor_is_brought_back_by_one(
    client: Client, ledger: Ledger, annotator: User
) -> None:
    rule = make_rule(ledger, type="gift")
    client.post(url(rule, "removed/"))
    (message,) = client.get(RULES).context["messages"]
    client.force_login(annotator)

    answer = client.post(reverse("undo", args=[ledger.slug]), {"token": message.extra_tags})

    assert answer.status_code == 403
    assert not ledger.rules.alive().exists()


def test_rules_are_in_the_history_and_taken_back_there(client: Client, ledger: Ledger) -> None:
    label, other = make_label(ledger, "rent"), make_label(ledger, "tax")
    rule = make_rule(ledger, "Rent", adds=[label.pk, other.pk])
    client.post(url(rule, "edit/"), given(adds="rent", version=rule.version))
    entry = Entry.objects.filter(kind="rule").latest("pk")

    said = text(client.get(reverse("history", args=[ledger.slug])))
    client.post(reverse("entry_reverted", args=[ledger.slug, entry.pk]))

    assert (entry.way, entry.name) == ("page", "Rent")
    assert "rent, tax" in said
    assert Rule.objects.get().adds == [label.pk, other.pk]


def test_labels_in_any_order_are_taken_back_in_the_history(client: Client, ledger: Ledger) -> None:
    """The form has them by name, the history by key."""
    tax = make_label(ledger, "tax")
    make_label(ledger, "rent")
    rule = make_rule(ledger, "Rent", adds=[tax.pk])
    client.post(url(rule, "edit/"), given(adds="tax, rent", version=rule.version))
    assert len(Rule.objects.get().adds) == 2
    entry = Entry.objects.filter(kind="rule").latest("pk")

    answer = client.post(reverse("entry_reverted", args=[ledger.slug, entry.pk]))

    assert answer.status_code == 303
    assert Rule.objects.get().adds == [tax.pk]


def now_of_first(client: Client, rule: Rule) -> list[tuple[str, str]]:
    """What its first change was to be taken back to, and what stands there now."""
    first = Entry.objects.filter(kind="rule", deed="changed").earliest("pk")
    conflict = client.post(reverse("entry_reverted", args=[rule.ledger.slug, first.pk]))
    assert conflict.status_code == 409
    return [(field.was, field.became) for field in conflict.context["clashes"][0].fields]


def test_labels_that_were_changed_since_are_shown_by_name(client: Client, ledger: Ledger) -> None:
    keys = [make_label(ledger, name).pk for name in ("rent", "tax", "gone")]
    rule = make_rule(ledger)
    for n in (1, 3):
        Rule.objects.update(takes=keys[:n])
    ledger.labels.filter(name="gone").delete()

    assert now_of_first(client, rule) == [("", "rent, tax, deleted")]


def test_contact_that_was_changed_since_and_is_gone_is_said_to_be(
    client: Client, ledger: Ledger
) -> None:
    rule, contact, gone = make_rule(ledger), make_contact(ledger), make_contact(ledger)
    for each in (contact, gone):
        Rule.objects.update(contact=each)
    gone.delete()

    assert now_of_first(client, rule) == [("", "deleted")]


def test_rule_that_names_what_is_gone_says_so(client: Client, ledger: Ledger) -> None:
    contact, wallet = make_contact(ledger), make_wallet(ledger)
    rules = [
        make_rule(ledger, adds=[make_label(ledger).pk]),
        make_rule(ledger, contact=contact),
        make_rule(ledger, query=f"wallet={wallet.pk}"),
    ]
    ledger.labels.all().delete()
    contact.delete()
    wallet.delete()

    for rule in rules:
        page = client.get(url(rule))
        assert page.context["rule"].problem in text(page)
        assert page.context["preview"] is None
        client.post(url(rule, "applied/"), {"version": rule.version})
    work()
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.FAILED}


# --- Roles ---


def test_annotator_makes_no_rule_that_changes_types(ledger: Ledger) -> None:
    client = client_of(ledger, Role.ANNOTATOR)

    client.post(NEW, given(type="gift", hides="on"))
    made = Rule.objects.get()
    strict = make_rule(ledger, type="gift")

    assert (made.type, made.hides) == ("", False)
    assert 'name="type"' not in client.get(NEW).content.decode()
    for what in ("edit/", "removed/", "place/", "enabled/", "applied/"):
        assert client.post(url(strict, what), given()).status_code == 403
    run = make_run(ledger, rule=strict)
    cancelled = reverse("run_cancelled", args=[ledger.slug, run.pk])
    assert client.post(cancelled).status_code == 403


def test_viewer_reads(ledger: Ledger) -> None:
    rule = make_rule(ledger, "Rent")
    imported(ledger)
    client = client_of(ledger, Role.VIEWER)

    list_, page = client.get(RULES).content.decode(), client.get(url(rule)).content.decode()

    assert "Rent" in list_
    assert "It would change 1" in page
    assert "formaction" not in list_
    assert "Change them" not in page


# --- Applied ---


def test_worker_applies_a_rule_as_it_was_shown(client: Client, ledger: Ledger) -> None:
    tx, rule = imported(ledger), make_rule(ledger, "Rent")

    client.post(url(rule, "applied/"), {"version": rule.version})
    assert "waiting" in text(client.get(url(rule))).lower()
    work()

    assert Transaction.objects.get(pk=tx.pk).note == rule.note
    assert Run.objects.get().state == Run.State.DONE
    effect = Effect.objects.get()
    assert (effect.changed, effect.by.username) == (1, "ana")  # type: ignore[union-attr]
    page = text(client.get(url(rule)))
    assert "it would change nothing" in page
    assert "Take it back" in page
    back = reverse("effect_reverted", args=[ledger.slug, effect.pk])
    assert client.post(back).status_code == 303
    assert Transaction.objects.get(pk=tx.pk).note == ""
    assert "taken back" in text(client.get(url(rule)))


def test_rule_that_was_changed_since_is_not_applied(client: Client, ledger: Ledger) -> None:
    tx, rule = imported(ledger), make_rule(ledger)
    client.post(url(rule, "applied/"), {"version": rule.version})
    Rule.objects.update(note="another")
    work()
    client.post(url(rule, "applied/"), {"version": rule.version})

    assert Run.objects.get().state == Run.State.FAILED
    assert "changed after it was shown" in text(client.get(url(rule)))
    assert Transaction.objects.get(pk=tx.pk).note == ""


def test_pages_of_rules_that_never_ran_name_no_run(client: Client, ledger: Ledger) -> None:
    for page in (RULES, url(make_rule(ledger))):
        assert "Nothing was changed." not in text(client.get(page))


def test_run_that_is_cancelled_writes_nothing(client: Client, ledger: Ledger) -> None:
    """Before it begins, and while it is worked on."""
    tx, rule = imported(ledger), make_rule(ledger)
    client.post(url(rule, "applied/"), {"version": rule.version})
    first = Run.objects.get()
    client.post(reverse("run_cancelled", args=[ledger.slug, first.pk]))
    work()
    assert "Cancelled. Nothing was changed." in text(client.get(url(rule)))
    run = make_run(ledger, rule=rule, version=rule.version, state=Run.State.RUNNING)

    with pytest.raises(Superseded):
        tasks.work(run, lambda _fraction: Run.objects.update(state=Run.State.CANCELLED))

    assert Transaction.objects.get(pk=tx.pk).note == ""
    assert not Effect.objects.exists()
    assert cancel(first) is False


@pytest.fixture
def done(client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Effect:
    """Of a rule, on so many transactions that a worker takes it back."""
    monkeypatch.setattr("rules.views.AT_ONCE", 0)
    rule = make_rule(ledger, "Rent")
    for _n in range(2):
        imported(ledger)
    client.post(url(rule, "applied/"), {"version": rule.version})
    work()
    return Effect.objects.get()


def test_worker_takes_back_what_a_rule_did(client: Client, done: Effect) -> None:
    client.post(back := reverse("effect_reverted", args=[done.ledger.slug, done.pk]))
    client.post(back)  # one after the other

    assert "Taking back" in text(client.get(url(done.rule)))
    assert Transaction.objects.filter(note=done.rule.note).count() == 2
    work()
    assert not Transaction.objects.filter(note=done.rule.note).exists()
    assert Run.objects.filter(effect=done.pk).get().state == Run.State.DONE
    assert "taken back" in text(client.get(url(done.rule)))


def test_worker_leaves_what_was_changed_since_if_that_is_said(
    client: Client, done: Effect, user: User
) -> None:
    changed = Transaction.objects.first()
    with writing(Way.PAGE, user):
        Transaction.objects.filter(pk=changed.pk).update(note="mine")
    back = reverse("effect_reverted", args=[done.ledger.slug, done.pk])

    client.post(back)
    work()

    page = text(client.get(url(done.rule)))
    assert "1 of its changes was overwritten since" in page
    assert Transaction.objects.filter(note=done.rule.note).count() == 1
    assert "Take back the others" in page
    client.post(back, {"others": "1"})
    work()
    assert not Transaction.objects.filter(note=done.rule.note).exists()
    assert Transaction.objects.filter(note="mine").exists()


def test_taking_back_that_is_cancelled_takes_nothing_back(client: Client, done: Effect) -> None:
    run = make_run(done.ledger, rule=done.rule, effect=done.pk, by=done.by, state=Run.State.RUNNING)

    with pytest.raises(Superseded):
        tasks.work(run, lambda _fraction: Run.objects.update(state=Run.State.CANCELLED))

    assert Transaction.objects.filter(note=done.rule.note).count() == 2
    assert Effect.objects.get().back_at is None


def test_whoever_is_no_member_any_more_takes_nothing_back(client: Client, done: Effect) -> None:
    client.post(reverse("effect_reverted", args=[done.ledger.slug, done.pk]))
    Membership.objects.all().update(role=Role.VIEWER)

    work()

    assert Run.objects.filter(effect=done.pk).get().state == Run.State.FAILED
    assert Transaction.objects.filter(note=done.rule.note).count() == 2


def test_taking_back_while_the_rule_is_at_work_is_not_left_out_in_silence(
    client: Client, done: Effect
) -> None:
    run = make_run(done.ledger, rule=done.rule, version=done.rule.version)
    taking_back = reverse("effect_reverted", args=[done.ledger.slug, done.pk])

    busy = text(client.post(taking_back, follow=True))
    Run.objects.filter(pk=run.pk).update(effect=done.pk, version=None)
    twice = text(client.post(taking_back, follow=True))

    said = "Nothing was begun: this rule is at work."
    assert (said in busy, said in twice) == (True, False)
    assert Run.objects.get(state=Run.State.QUEUED) == run


def test_all_that_are_on_are_applied_in_their_order(client: Client, ledger: Ledger) -> None:
    tx = imported(ledger)
    make_rule(ledger, note="", type="gift")
    make_rule(ledger, note="late", query="type=gift")
    make_rule(ledger, note="off", enabled=False)

    asked = text(client.get(f"{RULES}applied/"))
    client.post(f"{RULES}applied/")
    work()

    assert "1 transaction" in asked
    assert Transaction.objects.filter(type="gift", note="late").get() == tx
    assert Effect.objects.count() == 2
    assert len(set(Effect.objects.values_list("act", flat=True))) == 2


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_depend_on_rules(
    n: int, client: Client, ledger: Ledger, django_assert_num_queries: Any
) -> None:
    """A filter that names nothing is read without one."""
    for _ in range(n):
        label = make_label(ledger)
        make_rule(ledger, adds=[label.pk], contact=make_contact(ledger), query="type=gift")

    with django_assert_num_queries(9):
        client.get(RULES)


def test_page_of_an_import_names_the_rules(client: Client, ledger: Ledger, user: User) -> None:
    batch = make_batch(ledger)
    imported(ledger, batch=batch)
    make_rule(ledger, "Rent")

    apply_to_import(ledger, batch, user)

    assert "Rent" in text(client.get(reverse("import_batch", args=[ledger.slug, batch.pk])))
