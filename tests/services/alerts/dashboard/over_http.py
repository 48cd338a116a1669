"""A ward and its page over real HTTP, and where what is done about an alert is sent."""

from __future__ import annotations

import httpx

from tests.services.alerts.bench import Bench
from tests.services.alerts.page import Page

Site = tuple[Bench, Page, httpx.AsyncClient]


def ack(alert: str) -> str:
    return f"/api/v1/alerts/{alert}/ack"


def done(alert: str, verb: str) -> str:
    return f"/api/v1/alerts/{alert}/{verb}"
