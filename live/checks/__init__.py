"""What settings would make pages old: refused at start (`manage.py check --tag freshness`)."""

from django.core.checks import register

from live.checks import answers, database

TAG = "freshness"

CHECKS = (
    database.engine,
    database.autocommit,
    database.atomic_requests,
    database.isolation,
    database.one_database,
    database.routers,
    database.standby,
    database.triggers,
    answers.cache_middleware,
    answers.conditional_middleware,
    answers.no_store,
    answers.caches,
    answers.sessions,
    answers.cache_tag,
)


def register_all() -> None:
    for check in CHECKS:
        register(check, TAG)
