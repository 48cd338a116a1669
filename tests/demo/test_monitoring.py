"""A real Prometheus beside the running line: every panel and every rule of deploy/ has something to show. And whom the
demo lets in."""

import re
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from demo.camera import camera, first_frame_at
from localsite.cameras.synthetic_video import SHORT_SECONDS, synthetic_video
from localsite.site_file import PROBE
from localsite.stack import CAMERA, Stack
from tests.deploy.queries import queries
from tests.deploy.scrape import start_prometheus
from tests.support.waiting import PATIENCE_S

BUNDLE = Path(__file__).parents[2] / "models" / "squeezenet-synthetic"


@pytest.fixture(scope="module")
def stack():
    with Stack(BUNDLE, probed=True) as stack:
        stack.wait_pool()
        stack.start_keyframe(5.0).ports()
        stack.start_probe(every_s=30, show_s=25).ports()
        yield stack


@pytest.fixture(scope="module")
def prometheus(stack, tmp_path_factory):
    ports = {name: service.ports()["health"] for name, service in stack.services.items()}
    source = camera(stack, synthetic_video(SHORT_SECONDS), SimpleNamespace(browser=False, once=False)).start()
    try:
        first_frame_at(source)
        with start_prometheus(tmp_path_factory.mktemp("prometheus"), ports) as server:
            server.wait_up(set(ports))
            yield server
    finally:
        source.stop()


def test_every_panel_and_every_rule_has_a_sample(prometheus):
    left = list(queries())
    assert len(left) > 20
    end = time.monotonic() + 2 * PATIENCE_S
    while left and time.monotonic() < end:
        left = [query for query in left if not query.satisfied(prometheus.query(query.expr))]
        time.sleep(2)
    assert not left, [f"{query.source}: {query.expr}" for query in left]
    assert prometheus.rule_errors() == []


def test_the_test_room_has_raised_its_alert_and_nobody_else_has_heard_of_it(prometheus):
    """Real WHIP, real crops, real inference, real policy."""
    prometheus.wait("an alert of the test room", lambda: probed(prometheus) > 0)
    known = {sample.labels["camera"] for sample in prometheus.query('{__name__=~"veilward_alerts_.+", camera!=""}')}
    assert known == {CAMERA, PROBE}
    residents = prometheus.query("veilward_alerts_last_evidence_timestamp_seconds")
    assert {sample.labels["camera"] for sample in residents} == {CAMERA}


def probed(prometheus) -> float:
    """When the test room's last alert was raised."""
    found = prometheus.query(f'veilward_alerts_probe_last_alert_timestamp_seconds{{camera="{PROBE}"}}')
    return max((sample.value for sample in found), default=0.0)


def test_who_opens_the_demos_link_stands_before_the_wards_page(stack):
    link = stack.viewer_link()
    shown = httpx.get(link, timeout=PATIENCE_S)
    assert "Demo viewer" in shown.text
    kept = "; ".join(line.split(";")[0] for line in shown.headers.get_list("set-cookie"))
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', shown.text))
    entered = httpx.post(link, data=fields, headers={"Cookie": kept}, timeout=PATIENCE_S)
    assert (entered.status_code, entered.headers["location"]) == (303, "/"), entered.text
