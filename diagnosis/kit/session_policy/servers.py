"""What a database server says of the sessions that are open in it, seen from a connection that is
none of the application's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text


@dataclass(frozen=True)
class Idle:
    """A session that is in a transaction and does nothing."""

    number: int
    wrote: bool
    moment: str  # what its snapshot goes back to; empty if it has none
    last: str
    begun: str  # when its last statement began

    def __str__(self) -> str:
        return f"session {self.number}, last: {' '.join(self.last.split())[:70]}"


class Server:
    """One that cannot be asked, as SQLite."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def idle(self) -> list[Idle]:
        return []

    def moment(self) -> str:
        """What a snapshot that is taken now goes back to, if others can hold it there."""
        return ""

    def activity(self) -> object:
        """Changes whenever a session of somebody else is asked something."""
        return None

    def rows(self, statement: str, **values: Any) -> Sequence[Mapping[str, Any]]:
        with self.engine.connect() as connection:
            return connection.execute(text(statement), values).mappings().all()


class PostgreSQL(Server):
    OTHERS = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type LIKE 'cl%'"

    def idle(self) -> list[Idle]:
        found = self.rows(
            "SELECT pid AS number, backend_xid IS NOT NULL AS wrote,"
            " coalesce(backend_xmin::text, '') AS moment,"
            " query AS last, query_start::text AS begun"
            f" FROM pg_stat_activity WHERE {self.OTHERS} AND state LIKE 'idle in transaction%'"
            " ORDER BY pid"
        )
        return [Idle(**each) for each in found]

    def moment(self) -> str:
        found = self.rows("SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text AS moment")
        return str(found[0]["moment"])

    def activity(self) -> object:
        return self.rows(
            f"SELECT pid, query_start FROM pg_stat_activity WHERE {self.OTHERS} ORDER BY pid"
        )


class MySQL(Server):
    def idle(self) -> list[Idle]:
        found = self.rows(
            "SELECT trx_mysql_thread_id AS number, trx_rows_modified > 0 AS wrote,"
            " CASE WHEN trx_isolation_level IN ('REPEATABLE READ', 'SERIALIZABLE')"
            " THEN trx_started ELSE '' END AS moment, '' AS last, '' AS begun"
            " FROM information_schema.innodb_trx"
            " WHERE trx_query IS NULL AND trx_mysql_thread_id <> connection_id()"
        )
        return [Idle(**each) for each in found]

    def activity(self) -> object:
        return self.rows("SHOW GLOBAL STATUS LIKE 'Com_select'")[0]["Value"]


SERVERS = {"postgresql": PostgreSQL, "mysql": MySQL, "mariadb": MySQL}


def server_of(engine: Engine) -> Server:
    return SERVERS.get(engine.dialect.name, Server)(engine)
