"""The test room on the real line, hour after hour in miniature: its alert, its absence told to the ward, its return."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from localsite.site_file import PROBE, TEST_ROOM, WARD
from localsite.stack import Stack
from tests.support.waiting import PATIENCE_S, until

BUNDLE = Path(__file__).parents[2] / "models" / "expression-real"
EVERY_S = 90.0
TOLD = "The test of the whole line raised no alert in time."

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack(BUNDLE, probed=True, overrides={"alerts": {"probe_every_s": EVERY_S}}) as one:
        one.wait_pool()
        one.start_keyframe(5.0).ports()
        yield one


def series(stack: Stack, name: str) -> float:
    """A series of alerts; nan where there is none."""
    lines = stack.services["alerts"].metrics().splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), float("nan"))


def alerts_of_the_test_room(stack: Stack) -> float:
    return series(stack, "veilward_alerts_probe_pixel_to_alert_seconds_count")


def ward(stack: Stack) -> dict[str, object]:
    """What the ward's page knows."""
    request = urllib.request.Request(
        f"{stack.dashboard_url}api/v1/ward/{WARD}", headers={"Authorization": f"Bearer {stack.viewer_token()}"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_the_line_is_tested_and_a_broken_one_is_told(stack: Stack) -> None:
    probe = stack.start_probe(every_s=60, show_s=25, retry_s=2)  # longer apart than evidence becomes stale
    until(lambda: alerts_of_the_test_room(stack) >= 2, 4 * PATIENCE_S)
    assert series(stack, "veilward_alerts_raised_total") == 0
    assert TOLD not in str(ward(stack))
    stack.kill("snni_server")
    until(lambda: TOLD in str(ward(stack)), 4 * PATIENCE_S)
    before = alerts_of_the_test_room(stack)
    stack.start_again("snni_server")
    until(lambda: alerts_of_the_test_room(stack) > before and TOLD not in str(ward(stack)), 6 * PATIENCE_S)
    known = ward(stack)
    assert known["open"] == known["recent"] == []
    assert TEST_ROOM not in json.dumps([known["open"], known["recent"], known.get("cameras", [])])
    assert probe.stop() == 0


def test_what_ingest_refuses_is_counted_and_tried_again(stack: Stack) -> None:
    token = stack.root / "room" / "probe.token"
    probe = stack.start_probe(every_s=5, show_s=5, retry_s=1)
    token.write_text("a wrong one")
    refused = 'veilward_probe_shows_total{result="refused"}'
    until(lambda: _value(probe.metrics(), refused) >= 2, 2 * PATIENCE_S)
    token.write_text(stack.tokens[PROBE])
    until(lambda: _value(probe.metrics(), 'veilward_probe_shows_total{result="shown"}') >= 1, 2 * PATIENCE_S)


def _value(text: str, series_name: str) -> float:
    return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series_name)), 0.0)
