"""Files that went wrong, made from good ones by chance; the same seed makes the same file."""

import gzip
import io
import zipfile
from random import Random

from openpyxl import Workbook

HTML = "<script>alert(1)</script>"
TEXTS = (
    *(
        HTML,
        "'\"><img src=x onerror=alert(1)>",
        '=HYPERLINK("x")',
        "@SUM(1)",
        "\u202eCDSU",
        "\x1b[2J",
    ),
    *("9" * 400, "1e999999999", "-0", "NaN", "Infinity", "1,234,567.8", "٣", "½", "0x10", "1_000"),
    *("9999-12-31 23:59:59", "0001-01-01 00:00:00", "2024-02-30 10:00:00", "", " ", "\t", "\ufeff"),
    *("a" * 70_000, '"', '""', "\\", "\r", "\n", ";", ",", "🜚" * 50, "\ud7ff", "\u0000"),
)
ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x>&c;</x></workbook>"""


def mutated(good: list[bytes], seed: int) -> tuple[str, bytes]:
    """A name and its bytes."""
    rng = Random(seed)
    data = rng.choice(good)
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(MUTATIONS)(rng, data)
    name, data = rng.choice(PACKED)(rng, data)
    return rng.choice([name, f"../../{name}", f"{HTML}{name}", "", "a" * 300]) or name, data


def flipped(rng: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 20)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(rng: Random, data: bytes) -> bytes:
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:stop] if rng.random() < 0.5 else data[:start] + data[stop:]


def rows(data: bytes) -> list[list[bytes]]:
    return [line.split(b",") for line in data.split(b"\n")]


def text(table: list[list[bytes]]) -> bytes:
    return b"\n".join(b",".join(line) for line in table)


def columns_swapped(rng: Random, data: bytes) -> bytes:
    table = rows(data)
    one, other = rng.randrange(12), rng.randrange(12)
    for line in table:
        if max(one, other) < len(line):
            line[one], line[other] = line[other], line[one]
    return text(table)


def cell_replaced(rng: Random, data: bytes) -> bytes:
    table = rows(data)
    for _ in range(rng.randint(1, 8)):
        line = rng.choice(table)
        line[rng.randrange(len(line))] = rng.choice(TEXTS).encode("utf-8", "surrogatepass")
    return text(table)


def line_repeated(rng: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join([*lines, *([rng.choice(lines)] * rng.randint(1, 300))])


def recoded(rng: Random, data: bytes) -> bytes:
    try:
        return data.decode().encode(rng.choice(["utf-16", "utf-32", "utf-7", "cp037", "utf-8-sig"]))
    except (UnicodeDecodeError, UnicodeEncodeError):
        return data + "ü".encode("latin-1") + "ü".encode()


def delimited(rng: Random, data: bytes) -> bytes:
    return data.replace(b",", rng.choice([b";", b"\t", b"|", b",,", b""]))


MUTATIONS = (
    *(flipped, cut, columns_swapped, cell_replaced, cell_replaced, line_repeated, recoded),
    delimited,
)


def plain(rng: Random, data: bytes) -> tuple[str, bytes]:
    return "file.csv", data


def zipped(rng: Random, data: bytes) -> tuple[str, bytes]:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(rng.randint(1, 4)):
            name = rng.choice(["a.csv", "../../etc/passwd", "/etc/passwd", "C:\\x.csv", "", "d/"])
            archive.writestr(f"{name}{n}", data)
        if rng.random() < 0.3:
            archive.writestr("inner.zip", target.getvalue())
        if rng.random() < 0.3:
            archive.writestr("bomb.csv", b"0" * (3 << 20))
    return "file.zip", flipped(rng, target.getvalue()) if rng.random() < 0.3 else target.getvalue()


def gzipped(rng: Random, data: bytes) -> tuple[str, bytes]:
    packed = gzip.compress(data, mtime=0)
    return "file.csv.gz", packed[: rng.randrange(len(packed) + 1)] if rng.random() < 0.3 else packed


def workbook(rng: Random, data: bytes) -> tuple[str, bytes]:
    book = Workbook(write_only=True)
    for _ in range(rng.randint(1, 2)):
        sheet = book.create_sheet()
        for line in data.decode("utf-8", "replace").split("\n")[:50]:
            sheet.append(
                ["".join(c for c in cell if c >= " ")[:32_000] for cell in line.split(",")]
            )
    target = io.BytesIO()
    book.save(target)
    packed = target.getvalue()
    if rng.random() < 0.3:
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr("xl/workbook.xml", ENTITIES)
        packed = target.getvalue()
    return "file.xlsx", flipped(rng, packed) if rng.random() < 0.3 else packed


def json_lines(rng: Random, data: bytes) -> tuple[str, bytes]:
    return "file.jsonl", b'{"Date": 1, "b": [1, {"c": null}]}\n' + data


PACKED = (plain, plain, plain, zipped, gzipped, workbook, json_lines)
