"""Locks that the kernel releases however a process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """Made by root it belongs to the owner of the folder, who could not use it otherwise."""
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


def lock(path: Path, kind: int = fcntl.LOCK_EX) -> int | None:
    """The descriptor that holds the lock until it is closed; None if LOCK_NB met another's."""
    descriptor = open_private(path)
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(path: Path) -> bool:
    """Exclusively. Asked with a shared lock, so that two who ask do not see each other."""
    descriptor = lock(path, fcntl.LOCK_SH | fcntl.LOCK_NB)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


def is_shared(path: Path) -> bool:
    """Whether somebody holds a shared lock."""
    descriptor = lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None and not is_locked(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    descriptor = lock(path)
    assert descriptor is not None
    try:
        yield
    finally:
        os.close(descriptor)
