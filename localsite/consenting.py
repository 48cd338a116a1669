"""Consents of the demo's cameras: recorded on the ward's page by a person who signs in, as in every home.

The person is made for it, comes in by a one-time link, and ends with it; what they recorded stays in the audit log.
"""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http.client import HTTPResponse

from localsite.process import START_TIMEOUT_S, ProcessError
from localsite.service import Service
from localsite.site_file import ROOM, WARD

PERSON = "consents"
GOOD_FOR = timedelta(days=30)
DECIDED_BY = "You, by starting the demo"
PAUSE_S = 0.25
ANSWER_TIMEOUT_S = 60.0
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


class _Stay(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is the answer."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""
        return


class Browser:
    """Holds cookies, and sends forms with the token of the page that they stand on."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._cookies: dict[str, str] = {}
        self._opener = urllib.request.build_opener(_Stay)

    def page(self, path: str) -> str:
        """Its HTML. Raises OSError."""
        return self._ask(path, None)

    def send(self, page: str, path: str, **fields: str) -> None:
        """A form of a page. Raises OSError for an answer that is no success."""
        found = _TOKEN.search(page)
        self._ask(path, {"form_token": found.group(1) if found else ""} | fields)

    def _ask(self, path: str, fields: dict[str, str] | None) -> str:
        body = None if fields is None else urllib.parse.urlencode(fields).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        request = urllib.request.Request(self._url + path, body, {"Cookie": cookies} if cookies else {})
        try:
            answer = self._opener.open(request, timeout=ANSWER_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            if error.code != 303:
                raise
            answer = error
        with answer:
            self._keep(answer)
            return str(answer.read().decode())

    def _keep(self, answer: HTTPResponse | urllib.error.HTTPError) -> None:
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value


def record_consents(alerts: Service, url: str, cameras: Iterable[str]) -> None:
    """Sign in, and record a consent for each camera of the site file's room. Raises ProcessError."""
    options = ("--name", "Who starts the demo", "--role", "overseer", "--every-ward")
    link = alerts.answer("people", "add", PERSON, *options)
    browser, end = Browser(url), time.monotonic() + START_TIMEOUT_S
    signed_in, left = False, list(cameras)
    while True:
        try:
            if not signed_in:
                browser.send(browser.page(link), link)
                signed_in = True
            page = browser.page(f"/ward/{WARD}/consents")
            while left:
                record_consent(browser, page, left[-1])
                left.pop()
            break
        except OSError as error:  # nobody leads yet
            if time.monotonic() > end or not alerts.running:
                raise ProcessError(f"no consent could be recorded: {error}\n{alerts.log_end()}") from None
            time.sleep(PAUSE_S)
    alerts.answer("people", "end", PERSON)


def record_consent(browser: Browser, page: str, camera: str) -> None:
    """By the form of the page "Consents". Raises OSError."""
    good_until = (datetime.now(UTC) + GOOD_FOR).date().isoformat()
    path = f"/api/v1/consents/{WARD}/{ROOM}/{camera}"
    browser.send(page, path, basis="given", decided_by=DECIDED_BY, review_on=good_until)
