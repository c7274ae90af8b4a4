"""Listens to SQLAlchemy, and writes down in the request and in the session what happens."""

import sys
import time
import weakref
from functools import lru_cache, wraps
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Mapper, Session, object_session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.pool import Pool

from session_policy import outside
from session_policy.lives import KEY, Commit, Life, Objects, RolledBack, Select, Unit, current, who
from session_policy.places import UNKNOWN, here

REMEMBERED = 1000  # statements
cut: dict[str, bool] = {}
WRITES = {"INSERT", "UPDATE", "DELETE", "MERGE ", "REPLAC"}


# sessions


def remember_births() -> None:
    init = Session.__init__

    @wraps(init)
    def __init__(self: Session, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        life = Life(here(), weakref.ref(self))
        self.info[KEY] = life
        outside.lives.add(life)

    Session.__init__ = __init__  # type: ignore[method-assign]


def remember_expunged() -> None:
    expunge = Session.expunge

    @wraps(expunge)
    def noted(self: Session, instance: object) -> None:
        expunge(self, instance)
        if objects := life_of(self).objects:
            objects.expunge(instance_state(instance))

    Session.expunge = noted  # type: ignore[method-assign]


def life_of(session: Session) -> Life:
    if life := session.info.get(KEY):
        return life
    return session.info.setdefault(KEY, Life(UNKNOWN, weakref.ref(session)))


remember_births()
remember_expunged()


@event.listens_for(Session, "after_begin")
def begun(session: Session, _transaction: Any, connection: Connection) -> None:
    life = life_of(session)
    connection.info[KEY] = life
    life.level = level(connection)
    life.transactions += 1
    if life.objects is None or life.objects.known is not session.identity_map:
        life.objects = Objects(session.identity_map)
    used(life)


def used(life: Life) -> None:
    unit, user = current.get(), who()
    if unit:
        unit.lives.add(life)
    else:
        outside.used(life)
    if life.user is not None and life.user is not user:
        outside.policy_of(unit).shared(life, user)
    life.user = user


def touch(life: Life) -> None:
    life.touched = time.monotonic()
    if life.session and (life.user is None or life.user is not current.get()):
        used(life)


def change(life: Life) -> None:
    touch(life)
    life.changed = life.changed or here()
    life.born = life.born or life.changed


def level(connection: Connection) -> str:
    return (
        connection.get_execution_options().get("isolation_level")
        or connection.dialect._on_connect_isolation_level
        or connection.default_isolation_level
        or ""
    )


def is_cut_anyhow(statement: str, query: Any) -> bool:
    """By LIMIT, from an order that does not end with a key."""
    if statement not in cut:
        order = getattr(query, "_order_by_clauses", ())
        limited = getattr(query, "_limit_clause", None) is not None
        if len(cut) >= REMEMBERED:
            cut.clear()
        cut[statement] = bool(limited and order) and not any(map(may_be_unique, order))
    return cut[statement]


def may_be_unique(clause: Any) -> bool:
    """An expression that is no column may be."""
    column = getattr(clause, "element", clause)
    known = getattr(column, "table", None) is not None
    return not known or column.primary_key or bool(column.unique)


@event.listens_for(Session, "after_commit")
def committed(session: Session) -> None:
    if not session.in_nested_transaction():
        commit(life_of(session))


def commit(life: Life) -> None:
    place, unit, changed = here(), current.get(), life.changed
    life.changed = None
    if unit:
        unit.commits.append(Commit(life, place, changed is not None))
        if changed and unit.answered:
            unit.policy.late(life, changed, place)


@event.listens_for(Session, "after_transaction_end")
def ended(session: Session, transaction: Any) -> None:
    if transaction.parent is not None:
        return
    life = life_of(session)
    owner = life.user
    if isinstance(owner, Unit) and owner.running and owner is not current.get():
        outside.policy_of(owner).ended_by_another(life, owner)
    elif life.changed:
        rolled_back(life)
    life.changed = None


def rolled_back(life: Life) -> None:
    """While an exception is handled it is meant."""
    if sys.exc_info()[0] is not None or life.changed is None:
        return
    unit = current.get()
    seen = RolledBack(life, life.changed, here())
    if unit:
        unit.rolled_back.append(seen)
    else:
        outside.policy_of(None).lost(seen, who().name)


@event.listens_for(Session, "after_soft_rollback")
def rolled_back_to_savepoint(session: Session, transaction: Any) -> None:
    if transaction.nested:
        life_of(session).changed = None


# objects


@event.listens_for(Mapper, "mapper_configured")
def watch_attributes(mapper: Mapper[Any], class_: type) -> None:
    for attribute in mapper.column_attrs:
        event.listen(getattr(class_, attribute.key), "set", attribute_set)
    for relation in mapper.relationships:
        if not relation.viewonly:
            for change in ("append", "remove") if relation.uselist else ("set",):
                event.listen(getattr(class_, relation.key), change, attribute_set)


def attribute_set(target: Any, value: Any, *rest: Any) -> None:
    same = len(rest) == 2 and rest[0] == value
    session = object_session(target)
    if session is not None and not same:
        change(life_of(session))


@event.listens_for(Session, "transient_to_pending")
def added(session: Session, _instance: Any) -> None:
    change(life_of(session))


# connections


def life_in(connection: Connection) -> Life:
    """One that belongs to a session is given its life by after_begin."""
    return connection.info.get(KEY) or connection.info.setdefault(KEY, Life(UNKNOWN))


@event.listens_for(Engine, "after_cursor_execute")
def executed(
    connection: Connection, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool
) -> None:
    verb = verb_of(statement)
    life = life_in(connection)
    life.level = life.level or level(connection)
    if verb == "read":
        read(connection, life, context, statement)
    elif verb == "write":
        if life.level != "AUTOCOMMIT":
            change(life)
    elif verb:
        life.level = verb


@lru_cache(REMEMBERED)
def verb_of(statement: str) -> str:
    """read, write, or the isolation level that it sets."""
    text = statement.lstrip(" (\n\t").upper()
    if text[:6] in WRITES:
        return "write"
    if text.startswith(("SELECT", "WITH")):
        return "write" if text.startswith("WITH") and "RETURNING" in text else "read"
    return text.split("LEVEL")[1].strip(" ;'") if "ISOLATION LEVEL" in text else ""


def read(connection: Connection, life: Life, context: Any, statement: str) -> None:
    unit, place = current.get(), here()
    touch(life)
    query, count = getattr(context.compiled, "statement", None), context.cursor.rowcount
    selects = unit.selects if unit else outside.selects()
    selects.append(Select(place, statement, query, life.moment(), life.objects, count))
    if unit:
        unit.policy.asked(connection, place)
        if is_cut_anyhow(statement, query):
            unit.policy.cut(place)


@event.listens_for(Engine, "commit")
def connection_committed(connection: Connection) -> None:
    if life := ended_alone(connection):
        commit(life)


@event.listens_for(Engine, "rollback")
def connection_rolled_back(connection: Connection) -> None:
    if life := ended_alone(connection):
        rolled_back(life)


def ended_alone(connection: Connection) -> Life | None:
    """The life of a connection that no session has, once."""
    life = connection.info.get(KEY)
    return connection.info.pop(KEY) if life and life.session is None else None


@event.listens_for(Pool, "checkin")
def given_back(dbapi: Any, record: Any) -> None:
    """The pool has rolled back already, if it does so at all."""
    life = record.info.pop(KEY, None)
    if dbapi is not None and is_in_transaction(dbapi):
        outside.policy_of(current.get()).given_back(life, here())
    elif life and life.changed and life.is_gone():
        rolled_back(life)


def is_in_transaction(dbapi: Any) -> bool:
    about = getattr(dbapi, "info", None)
    return bool(getattr(about, "transaction_status", 0) or getattr(dbapi, "in_transaction", False))
