"""As a developer would write it for his application."""

CHANGE = "UPDATE book SET reader = :new WHERE id = 1"


def test_page_shows_a_change(fresh, fresh_client):
    fresh(fresh_client).page("/?shelf=A").shows(CHANGE)


def test_form_saves(fresh, fresh_client):
    fresh(fresh_client).page("/?shelf=A").saves(CHANGE, "/loans/1", "reader")
