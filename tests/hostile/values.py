"""What somebody sends who means no good, or whose program is broken."""

from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

DATES = ("0001-01-01", "9999-12-31", "10000-01-01", "2025-02-30")
TIMES = ("0001-01-01T00:00:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00")
NUMBERS = (
    *("0", "-0", "-1", "1", "9" * 18, "9" * 19, "9" * 400, f"0.{'1' * 400}", f"1{'0' * 400}"),
    *("NaN", "sNaN", "-Infinity", "1e400", "1e-400", "1e999999999", "0x10", "1_000", "١٢٣"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "2147483648"),
)
KINDS = (
    ("\0", "a\0b"),
    ("\0",),
    ("", " ", "\n", "\r\n", "\t", "\x1b[31m", "\x7f", "\x85"),
    # A half of a pair, and what is no character at all.
    ("\ud800", "a\udfffb", "\uffff", "\U0010ffff"),
    # Bidi, zero width, fillers, tags, combining without end.
    ("\u202eCDSU", "US\u200bDC", "\u2066x\u2069", "\ufeff", "\u3164", "\U000e0041"),
    (f"a{'\u0301' * 500}", "x" * 65_536, "9," * 2_000),
    DATES,
    TIMES,
    NUMBERS,
    # Words that mean something to somebody.
    ("last", "all", "none", "only", "true", "None", "-time", "amount", "label", "show", "reward"),
    ("%", "_", "\\", "%s", "%(n)s", "{}", "{{ x }}", "'", '"', "';--", "a & | ! b", ":*", "<b>"),
    (
        "../../etc/passwd",
        "//example.org",
        "http://[",
        "http://[::1",
        "https://\\x",
        "?",
        "#",
        "/\\",
    ),
    ("/a?b=1&b=2#c", "/keller/transactions/?asset=%00", "/keller/transactions/?until=9999-12-31"),
    (f"0x{'0' * 40}", f"0x{'f' * 39}", "bc1q", "1" * 64, "0x"),
)
values = st.one_of(*(st.sampled_from(kind) for kind in KINDS), st.text(max_size=30))
# What a field of such a name takes apart.
ALIKE = {
    **dict.fromkeys(("since", "until"), st.sampled_from(DATES)),
    "occurred_at": st.sampled_from(TIMES),
    **dict.fromkeys(("page", "size", "min", "max", "version"), st.sampled_from(NUMBERS) | values),
}


def encoded(text: str) -> str:
    """For a URL or a form, byte by byte: halves of pairs too, which no browser would send."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def form(fields: list[tuple[str, str]]) -> str:
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in fields)
