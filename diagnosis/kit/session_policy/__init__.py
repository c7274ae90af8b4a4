"""Watches who opens, commits and ends SQLAlchemy's sessions in a Flask application.

Import it before the modules that make sessions: it remembers where each is born.
"""

from session_policy.policy import PolicyBroken, SessionPolicy
from session_policy.report import Report

__all__ = ["PolicyBroken", "Report", "SessionPolicy"]
