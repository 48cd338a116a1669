"""Views to HTML by the templates in the package. The same fragments make the first page and every later update."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.alerts.dashboard.sparkline import sparkline
from services.alerts.dashboard.ward_view import WORDS, RoomView, WardView
from services.alerts.policy.episode import Alert


class Renderer:
    """Templates with the ward's clock. timezone: an IANA name, of the clock times shown without JavaScript."""

    def __init__(self, timezone: str = "UTC") -> None:
        self._zone = ZoneInfo(timezone)
        self._templates = Environment(
            loader=PackageLoader("services.alerts.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"clock": self.clock, "iso": iso}
        self._templates.globals |= {"sparkline": sparkline, "WORDS": WORDS}

    def clock(self, at: datetime) -> str:
        """A moment as hours and minutes on the ward's clock."""
        return at.astimezone(self._zone).strftime("%H:%M")

    def room(self, room: RoomView) -> str:
        """One tile."""
        return self._render("tile.html", room=room)

    def lane(self, ward: WardView, names: dict[str, str]) -> str:
        """The technical alarms."""
        return self._render("lane.html", alarms=ward.alarms, names=names, unassessed=ward.unassessed)

    def recent(self, alerts: tuple[Alert, ...], names: dict[str, str]) -> str:
        """The alerts that are over."""
        return self._render("recent.html", alerts=alerts, names=names)

    def summary(self, ward: WardView) -> str:
        """How many rooms need what."""
        return self._render("summary.html", ward=ward)

    def banner(self, problems: tuple[str, ...]) -> str:
        """What does not work in the service itself; empty when all does."""
        return self._render("banner.html", problems=problems)

    def page(self, ward: WardView, wards: list[tuple[str, str]], fragments: dict[str, str], event_id: str) -> str:
        """The whole page, readable without JavaScript."""
        safe = {name: Markup(html) for name, html in fragments.items()}
        return self._render("page.html", ward=ward, wards=wards, fragments=safe, event_id=event_id)

    def _render(self, name: str, **values: object) -> str:
        return self._templates.get_template(name).render(**values).strip()


def iso(at: datetime) -> str:
    """A moment for the datetime attribute of a time element."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
