"""Runs a variant under gunicorn and measures how old its page is."""
