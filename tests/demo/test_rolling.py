"""Every process of the line is stopped as an upgrade stops it and started again while somebody hurts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from localsite.site_file import WARD
from localsite.stack import CAMERA, Stack
from tests.support.waiting import PATIENCE_S, until

BUNDLE = Path(__file__).parents[2] / "models" / "expression-real"
ORDER = ("keyframe", "snni_client", "snni_server", "ingest", "leaf", "hub", "redis", "alerts")

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A resident who hurts all the time, before a camera that comes back by itself."""
    with Stack(BUNDLE) as one:
        one.wait_pool()
        one.start_keyframe(5.0).ports()
        one.services["ingest"].stay_on(whip_port="whip")
        one.start_probe(CAMERA, every_s=1, show_s=600, retry_s=1).ports()
        yield one


def ward(stack: Stack) -> dict[str, list[dict[str, object]]] | None:
    """What the ward's page knows; None while it does not answer."""
    try:
        token = stack.viewer_token()
        request = urllib.request.Request(
            f"{stack.dashboard_url}api/v1/ward/{WARD}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            found: dict[str, list[dict[str, object]]] = json.load(answer)
            return found
    except (OSError, URLError):
        return None


def levels(stack: Stack) -> float:
    """How many levels the running alerts has applied."""
    name = 'veilward_alerts_messages_total{kind="pain",verdict="applied"} '
    lines = stack.services["alerts"].metrics().splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)


def open_alerts(stack: Stack) -> list[object]:
    found = ward(stack)
    return [] if found is None else [one["id"] for one in found["open"]]


def test_an_alert_stays_open_and_levels_flow_again_after_every_restart(stack: Stack) -> None:
    (alert,) = until(lambda: open_alerts(stack), 4 * PATIENCE_S)
    for name in ORDER:
        stack.process(name).stop()
        stack.start_again(name)
        before = levels(stack) if name != "alerts" else 0.0
        until(lambda before=before: levels(stack) >= before + 2, 4 * PATIENCE_S)
        assert until(lambda: open_alerts(stack), 4 * PATIENCE_S) == [alert], name
    log = stack.root / "ward" / "audit.jsonl"
    changes = [json.loads(line)["change"] for line in log.read_text().splitlines()]
    assert changes.count("raised") == 1
    assert not {"cleared", "resolved"} & set(changes)
