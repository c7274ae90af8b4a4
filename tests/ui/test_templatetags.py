from types import SimpleNamespace

import pytest

from txproject.templatetags.ui import amount, differing, icon, thousands


def shown(sign="", head="1", tail="", symbol="ETH"):
    return SimpleNamespace(sign=sign, head=head, tail=tail, symbol=symbol)


def test_amount_keeps_every_digit():
    html = amount(shown("+", "1.20488173", "9402118773", "WETH"), "in")

    assert html == (
        '<span class="amount in"><span class="head">+1.20488173</span>'
        '<span class="tail"><i>9402118773</i> <span>WETH</span></span></span>'
    )


def test_amount_without_a_tail_has_a_space_before_its_symbol():
    assert '<span class="head">1</span> <span class="tail"><span>ETH' in amount(shown(), "fee")


def test_amount_escapes_the_symbol_that_a_token_chose():
    assert "&lt;script&gt;" in amount(shown(symbol="<script>"), "in")


def test_amount_of_nothing_is_empty():
    assert amount(None, "out") == ""


def test_icon_points_into_the_sprite():
    assert "icons" in icon("tag")
    assert '#tag"' in icon("tag")


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (999, "999"), (1234567, "1,234,567")])
def test_thousands_are_separated(number, text):
    assert thousands(number) == text


@pytest.mark.parametrize(
    ("theirs", "mine", "html"),
    [
        ("same text", "same text", "same text"),
        (
            "Design, invoice 118",
            "Design, half open",
            "Design, <mark>invoice</mark> <mark>118</mark>",
        ),
        ("paid twice", "paid", "paid<mark> twice</mark>"),
        ("all new", "", "<mark>all new</mark>"),
        ("<b>", None, "<mark>&lt;b&gt;</mark>"),
    ],
)
def test_differing_marks_the_words_that_mine_lacks(theirs, mine, html):
    assert differing(theirs, mine) == html
