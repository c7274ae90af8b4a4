"""What is said of lines, of as many as a file has: kept as deflated JSON Lines."""

import gzip
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from io import BytesIO
from typing import Any


class Deflated[T](Collection[T]):
    """Records of one class in their order, each in a few bytes: so a file of which every line is
    left out needs hardly more memory than another. First all are added, then they are read, as
    often as one likes; each time they are made anew."""

    def __init__(self, kind: type[T], items: Iterable[T] = ()) -> None:
        self._kind, self._count = kind, 0
        self._bytes = BytesIO()
        self._file = gzip.GzipFile(fileobj=self._bytes, mode="wb", compresslevel=1, mtime=0)
        for item in items:
            self.add(item)

    def add(self, item: Any) -> None:
        self._file.write(line_of(asdict(item)))
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __contains__(self, item: object) -> bool:
        return any(each == item for each in self)

    def __iter__(self) -> Iterator[T]:
        return (self._kind(**fields) for fields in self.as_json())

    def as_json(self) -> Iterator[dict[str, Any]]:
        self._file.close()
        return unpacked(self._bytes.getvalue())


def packed(rows: Iterable[dict[str, Any]]) -> bytes:
    target = BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1, mtime=0) as file:
        file.writelines(map(line_of, rows))
    return target.getvalue()


def unpacked(data: bytes) -> Iterator[dict[str, Any]]:
    with gzip.open(BytesIO(data)) as lines:
        yield from map(json.loads, lines)


def line_of(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"
