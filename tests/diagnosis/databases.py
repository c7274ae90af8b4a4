"""The databases that the checker runs a Flask application on, and how it breaks them."""

import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pymysql

from diagnosis.lab.places import MariaDB
from diagnosis.launch import libpq
from tests.freshness.ours.server import Cluster


class Database(ABC):
    url: str
    environment: Mapping[str, str] = {}
    faults: ClassVar[Mapping[str, signal.Signals]]
    error: ClassVar[type[Exception]]

    @abstractmethod
    def connect(self) -> Any:
        """In autocommit, and giving up soon where somebody holds a lock."""

    @abstractmethod
    def restart(self, fault: str) -> None: ...

    @abstractmethod
    def remove(self) -> None: ...


class OnPostgreSQL(Cluster, Database):
    url = "postgresql+psycopg://"
    faults: ClassVar[Mapping[str, signal.Signals]] = {
        "fast restart of PostgreSQL": signal.SIGINT,
        "immediate restart of PostgreSQL": signal.SIGQUIT,
    }
    error = psycopg.Error

    def __init__(self) -> None:
        super().__init__()
        self.environment = libpq(self.conninfo)

    def connect(self) -> Any:
        return psycopg.connect(self.conninfo, autocommit=True, options="-c lock_timeout=3000")

    def restart(self, fault: str) -> None:
        self.restart_postgres(self.faults[fault])


class OnMariaDB(Database):
    faults: ClassVar[Mapping[str, signal.Signals]] = {
        "restart of MariaDB": signal.SIGTERM,
        "SIGKILL of MariaDB": signal.SIGKILL,
    }
    error = pymysql.Error

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="freshness-", dir="/tmp"))
        self.server = MariaDB(self.folder)
        self.server.start()
        socket = self.server.socket
        self.url = f"mysql+pymysql://root@localhost/checked?unix_socket={socket}"
        self.where: dict[str, Any] = {"unix_socket": str(socket), "user": "root"}
        with pymysql.connect(**self.where) as connection:
            connection.cursor().execute("CREATE DATABASE checked CHARACTER SET utf8mb4")

    def connect(self) -> Any:
        limit = "SET innodb_lock_wait_timeout = 3"
        where = {**self.where, "database": "checked"}
        return pymysql.connect(**where, autocommit=True, init_command=limit)

    def restart(self, fault: str) -> None:
        self.server.stop(self.faults[fault])
        self.server.start()

    def remove(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder)


DATABASES: dict[str, type[Database]] = {"postgresql": OnPostgreSQL, "mariadb": OnMariaDB}
