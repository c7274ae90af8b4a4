"""./dev bench: how fast the pages are, beside a Flask application on the same tables."""
