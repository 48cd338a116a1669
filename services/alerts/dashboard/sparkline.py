"""A camera's recent levels as an inline SVG step line. Pure text; no style attribute, so that the page's CSP holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup, escape

WIDTH, HEIGHT, PAD = 240.0, 44.0, 5.0
SPAN = timedelta(minutes=10)


def _y(level: int) -> float:
    return HEIGHT - PAD - level * (HEIGHT - 2 * PAD) / 3


def sparkline(points: Sequence[tuple[datetime, int]], label: str) -> Markup:
    """The levels of the ten minutes before the newest point, the newest at the right; empty without points.

    label: what it is, in words.

    Each level holds until the next evidence: between two pieces nothing is known, and nothing is invented.
    """
    if not points:
        return Markup("")
    newest = points[-1][0]
    places = [(WIDTH - PAD - (newest - at) / SPAN * (WIDTH - 2 * PAD), level) for at, level in points]
    path = [f"M{places[0][0]:.1f} {_y(places[0][1]):.1f}"]
    for x, level in places[1:]:
        path.append(f"H{x:.1f}V{_y(level):.1f}")
    dots = "".join(f'<path class="dot level-{level}" d="M{x:.1f} {_y(level):.1f}h0"/>' for x, level in places)
    grid = "".join(f'<line class="grid" x1="0" x2="{WIDTH:.0f}" y1="{_y(n):.1f}" y2="{_y(n):.1f}"/>' for n in range(4))
    told = f"{escape(label)}: {', '.join(str(level) for _, level in points[-12:])}"
    return Markup(
        f'<svg class="trend" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" preserveAspectRatio="none"'
        f' aria-label="{told}">{grid}<path class="line" d="{"".join(path)}"/>{dots}</svg>'
    )
