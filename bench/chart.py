"""Cost against size, as an SVG written by hand: rows of the ledger, logarithmic, and ms."""

from math import ceil, log10
from xml.sax.saxutils import escape

from bench.results import Results

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 60, 30, 210, 50
COLOURS = ("#206bc4", "#2fb344", "#d63939", "#f59f00", "#ae3ec9")


def chart(results: Results) -> str:
    """Of the part “size”: {"sizes": [rows], "series": {name: {"ours": [ms], "flask": [ms]}}}."""
    facts = results.facts.get("size")
    if not facts:
        return ""
    sizes, series = facts["sizes"], facts["series"]
    highest = max(ms for sides in series.values() for times in sides.values() for ms in times)
    step = 10 ** ceil(log10(highest) - 1) / 2
    top = ceil(highest / step) * step
    x, y = positions(sizes, top)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18">ms per page; solid: ours, dashed: Flask</text>',
    ]
    for tick in range(round(top / step) + 1):
        at = y(tick * step)
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{tick * step:g}</text>'
        )
    for size in sizes:
        parts.append(
            f'<text x="{x(size):.1f}" y="{HEIGHT - 25}" text-anchor="middle">{size:,}</text>'
        )
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 6}">transactions in the ledger</text>')
    for n, (name, sides) in enumerate(series.items()):
        colour = COLOURS[n % len(COLOURS)]
        for side, times in sides.items():
            points = " ".join(f"{x(s):.1f},{y(t):.1f}" for s, t in zip(sizes, times, strict=True))
            dash = "" if side == "ours" else ' stroke-dasharray="5 4"'
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}"'
                f' stroke-width="2"{dash}/>'
            )
        label = TOP + 20 + 18 * n
        parts.append(
            f'<text x="{WIDTH - RIGHT + 15}" y="{label}" fill="{colour}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def positions(sizes, top):
    first, last = log10(sizes[0]), log10(sizes[-1])
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(size):
        return LEFT + across * ((log10(size) - first) / (last - first) if last > first else 0)

    return x, lambda ms: TOP + down * (1 - ms / top)
