"""A camera's recent levels as an inline SVG step line. Pure text; no style attribute, so that the page's CSP holds."""

from datetime import timedelta

from markupsafe import Markup, escape

from services.alerts.state.recent_levels import RecentLevels

WIDTH, HEIGHT, PAD = 240.0, 44.0, 5.0
SPAN = timedelta(minutes=10)


def _y(level: int) -> float:
    return HEIGHT - PAD - level * (HEIGHT - 2 * PAD) / 3


def sparkline(points: RecentLevels, label: str) -> Markup:
    """The levels of the ten minutes before the newest point, the newest at the right; empty without points.

    label: what it is, in words.

    Each level holds until the next evidence: between two pieces nothing is known, and nothing is invented.
    """
    stamps = list(points.stamps())
    if not stamps:
        return Markup("")
    newest, scale = stamps[-1][0], (WIDTH - 2 * PAD) / (SPAN / timedelta(microseconds=1))
    places = [(f"{WIDTH - PAD - (newest - at) * scale:.1f}", level) for at, level in stamps]
    path = [f"M{places[0][0]} {_y(places[0][1]):.1f}", *(f"H{x}V{_y(level):.1f}" for x, level in places[1:])]
    dots: dict[int, list[str]] = {}
    for x, level in places:
        dots.setdefault(level, []).append(f"M{x} {_y(level):.1f}h0")
    marks = "".join(f'<path class="dot level-{level}" d="{"".join(dots[level])}"/>' for level in sorted(dots))
    grid = "".join(f'<line class="grid" x1="0" x2="{WIDTH:.0f}" y1="{_y(n):.1f}" y2="{_y(n):.1f}"/>' for n in range(4))
    told = f"{escape(label)}: {', '.join(str(level) for _, level in places[-12:])}"
    return Markup(
        f'<svg class="trend" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" preserveAspectRatio="none"'
        f' aria-label="{told}">{grid}<path class="line" d="{"".join(path)}"/>{marks}</svg>'
    )
