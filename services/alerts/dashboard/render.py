"""Views to HTML by the templates in the package. The same fragments make the first page and every later update."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.alerts.codec import Json
from services.alerts.dashboard.camera_to_ward_view import RoomChains
from services.alerts.dashboard.camera_view import OUTCOMES, WORDS
from services.alerts.dashboard.consent_view import BASES
from services.alerts.dashboard.languages.choice import FALLBACK
from services.alerts.dashboard.languages.language import NAMES, language
from services.alerts.dashboard.languages.scripts import script_texts
from services.alerts.dashboard.plan_words import plan_words
from services.alerts.dashboard.sparkline import sparkline
from services.alerts.dashboard.ward_view import RoomView, WardView
from services.alerts.phrase import Phrase
from services.alerts.policy.alert import Alert
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.faults import Handling, fault_key
from services.alerts.policy.holds import Pause
from services.alerts.policy.technical import TechnicalCondition
from services.site.records import Site

FLAGS = {"raised": "Pain", "acknowledged": "Accepted", "arrived": "Somebody there"}
GAPS = {
    "nobody": "Nobody to see",
    "paused": "Paused",
    "blind": "Could not see",
    "unrecorded": "Not recorded",
}
"""Why there was no level."""
FORM_TOKEN_PLACE = "the-form-token-of-whoever-looks"
"""Stands in forms of fragments, which are the same for all who look, until a page is drawn for one of them."""


class Renderer:
    """Templates with the ward's clock, in one language; spoken() is the same in another.

    timezone: the IANA name of the zone of all clock times on the page; none: the browser's own, and UTC where scripts
    do not run. The page states which it is. now: a moment that decides which day is today.
    """

    def __init__(self, timezone: str | None = None, code: str = FALLBACK) -> None:
        """code: of NAMES. Raises KeyError."""
        self.timezone = timezone
        self.language = language(code)
        self._others: dict[str, Renderer] = {}
        self.zone = ZoneInfo(timezone or "UTC")
        self._templates = Environment(
            loader=PackageLoader("services.alerts.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        self._templates.policies["ext.i18n.trimmed"] = True
        self._speak()
        self._templates.filters |= {"clock": self.clock, "iso": iso, "lasted": self.lasted}
        self._templates.filters |= {"day": self.calendar_day, "date": self.day}
        self._templates.globals |= {"sparkline": sparkline, "FORM_TOKEN_PLACE": FORM_TOKEN_PLACE}
        self._templates.globals |= {"plan_words": plan_words, "ZONE": timezone or "UTC"}

    def _speak(self) -> None:
        one, templates = self.language, self._templates
        templates.install_gettext_callables(  # type: ignore[attr-defined]
            one.catalogue.gettext, one.catalogue.ngettext, newstyle=True
        )
        templates.filters |= {"say": one.say, "sentence": one.sentence}
        templates.globals |= {
            "say": one.say,
            "sentence": one.sentence,
            "language": one.code,
            "LANGUAGES": NAMES,
            "WORDS": tuple(map(one.say, WORDS)),
            "BASES": BASES,
            "OUTCOMES": {outcome: one.say(word) for outcome, word in OUTCOMES.items()},
            "GAPS": {why: one.say(word) for why, word in GAPS.items()},
            "FLAGS": {status: one.say(word) for status, word in FLAGS.items()},
            "months": json.dumps([one.date("{day}", month) for month in range(1, 13)]),
            "phrases": as_data({text: one.say(text) for text in script_texts()}),
            "plot_json": self.plot_json,
        }

    def spoken(self, code: str) -> Renderer:
        """The same in another language. Raises KeyError."""
        if code == self.language.code:
            return self
        if code not in self._others:
            self._others[code] = Renderer(self.timezone, code)
        return self._others[code]

    def clock(self, at: datetime, now: datetime) -> str:
        """Hours and minutes; the day where it is not today; the offset from UTC where a clock shows the time twice."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone)
        year = "" if local.year == today.year else f" {local.year}"
        day = "" if local.date() == today.date() else f"{self.language.date(str(local.day), local.month)}{year} "
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return f"{day}{local:%H:%M}{f' {local.isoformat()[-6:]}' if twice else ''}"

    def plot_json(self, plot: Json) -> Markup:
        """What a plot is drawn from, with the words, the zone and the months in which it speaks."""
        words = {"levels": [self.language.say(one) for one in WORDS]}
        words_of_gaps = {why: self.language.say(word) for why, word in GAPS.items()}
        months = [self.language.date("{day}", month) for month in range(1, 13)]
        outcomes = [self.language.say(one) for one in (*OUTCOMES.values(), "no outcome")]
        said = words | {"gaps": words_of_gaps, "outcomes": outcomes}
        return as_data(plot | {"words": said, "zone": self.timezone or "UTC", "months": months})

    def mark(self, at: datetime, day: bool) -> str:
        """A mark of an axis: the time, and the day as well where it begins or is asked for."""
        local = at.astimezone(self.zone)
        date = self.language.date(str(local.day), local.month)
        return date if day or local.time() == time(0) else self.clock(at, at)

    def calendar_day(self, day: date) -> str:
        """A day with its year."""
        return f"{self.language.date(str(day.day), day.month)} {day.year}"

    def lasted(self, span: timedelta) -> str:
        """How long something was: hours and minutes, of less than an hour minutes and seconds."""
        minutes, seconds = divmod(round(span.total_seconds()), 60)
        if minutes >= 60:
            hours, minutes = divmod(round(span.total_seconds() / 60), 60)
            return self.language.say(Phrase("%(hours)s h %(minutes)s min", hours=hours, minutes=f"{minutes:02}"))
        if minutes:
            return self.language.say(Phrase("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=f"{seconds:02}"))
        return self.language.say(Phrase("%(seconds)s s", seconds=seconds))

    def day(self, now: datetime) -> date:
        """Which day it is: what was drawn before it does not say so of its times."""
        return now.astimezone(self.zone).date()

    def room(self, room: RoomView, now: datetime) -> str:
        """One tile."""
        return self.render("tile.html", room=room, now=now)

    def lane(
        self,
        ward: WardView,
        alarms: list[tuple[TechnicalCondition, Handling]],
        folded: int,
        reviews: list[tuple[str, CarePlan]],
        names: dict[str, str],
        now: datetime,
    ) -> str:
        """The technical alarms, and what people did about them. folded: cameras whose silence the lost hub explains.
        reviews: plans (by scope) to be looked at again."""
        keyed = [(fault_key(one), one, done) for one, done in alarms]
        return self.render("lane.html", alarms=keyed, folded=folded, names=names, ward=ward, reviews=reviews, now=now)

    def chains(self, ward: WardView, chains: list[RoomChains], now: datetime, places: dict[str, object]) -> str:
        """The page of every chain from camera to ward."""
        return self.render("chain.html", **places | {"ward": ward, "chains": chains, "now": now})

    def recent(self, alerts: tuple[Alert, ...], names: dict[str, str], now: datetime) -> str:
        """The alerts that are over."""
        return self.render("recent.html", alerts=alerts, names=names, now=now)

    def elsewhere(self, ward: WardView, site: Site, now: datetime) -> str:
        """Calls of other wards for which everybody is asked; empty when there are none."""
        if not ward.elsewhere:
            return ""
        rooms = {(one.id, room.id): (one.name, room.name) for one in site.wards for room in one.rooms}
        return self.render("elsewhere.html", alerts=ward.elsewhere, rooms=rooms, now=now)

    def sound(self, ward: WardView, pause: Pause | None, now: datetime) -> str:
        """Whether the ward's screens sound, and the button that stops it for a while."""
        return self.render("sound.html", ward=ward, pause=pause, now=now)

    def summary(self, ward: WardView) -> str:
        """How many rooms need what."""
        return self.render("summary.html", ward=ward)

    def on_duty(self, names: tuple[str, ...]) -> str:
        """Who is signed in and may answer."""
        return self.render("on.html", names=names)

    def banner(self, problems: tuple[str, ...], ward: WardView) -> str:
        """What does not work in the service itself, and in which rooms; empty when all does."""
        return self.render("banner.html", problems=problems, ward=ward)

    def page(
        self,
        ward: WardView,
        wards: list[tuple[str, str]],
        fragments: dict[str, str],
        event_id: str,
        now: datetime,
        places: dict[str, object],
    ) -> str:
        """The whole page, readable without JavaScript. places: who looks, and where else they may go."""
        safe = {name: Markup(html) for name, html in fragments.items()}
        values: dict[str, object] = {
            "wards": wards,
            "fragments": safe,
            "event_id": event_id,
            "zone": self.timezone,
            "now": now,
        }
        values |= places
        return self.render("page.html", ward=ward, **values)

    def render(self, name: str, **values: object) -> str:
        """A template of the package by its name."""
        return self._templates.get_template(name).render(**values).strip()


def as_data(value: object) -> Markup:
    """JSON that stands in a page's script element and ends it nowhere."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))


def iso(at: datetime) -> str:
    """A moment for the datetime attribute of a time element."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
