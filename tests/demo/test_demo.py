"""The demo as a newcomer runs it, in short: processes, WebRTC, NATS, Redis, secure inference, the ward's page."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo.launch import BUNDLE
from localsite.cameras.browser_camera import to_mjpeg
from localsite.cameras.synthetic_video import SHORT_SECONDS
from localsite.links.link import LINKS
from localsite.process import Process, python
from snni.model.plan import Plan
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.suite import TwoPartySuite
from tests.demo.astronaut import write_clip
from tests.services.alerts.chromium import chromium
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


def run_demo(directory: Path, *options: str) -> dict:
    report = directory / "report.json"
    command = [sys.executable, "-m", "demo.launch", "--once", "--json", str(report), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10 * PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert re.search(r"http://127\.0\.0\.1:\d+/link/[\w-]{43}\?next=/$", done.stderr, re.M), "no link to sign in by"
    return json.loads(report.read_text())


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    return run_demo(tmp_path_factory.mktemp("demo"), "--seconds", str(SHORT_SECONDS))


def test_levels_follow_the_face(short):
    assert 0 < short["inferences"] <= short["crops"]
    assert short["compared"] > 0 and short["within_one"] >= 0.9


def test_pain_raises_an_alert_and_calm_does_not(short):
    assert short["episodes"] and short["episodes_alerted"] == len(short["episodes"])
    assert short["alerts_in_calm"] == []


def test_the_report_says_what_a_run_took(short):
    for name in ("frames_received", "frames_examined", "keyframes", "crops"):
        assert short[name] > 0, name
    assert short["frames_received"] > short["frames_examined"] >= short["keyframes"] >= short["crops"]
    assert short["online_bytes"] > 1e6 and short["offline_bytes"] > 1e6
    assert 0 < short["pixel_to_level_s"]["p50"] <= short["pixel_to_level_s"]["p95"]
    assert set(short["peak_memory_mb"]) >= {"ingest", "keyframe", "snni_client", "snni_server", "alerts", "camera"}
    assert all(value > 10 for value in short["peak_memory_mb"].values())


def test_a_real_person_goes_through_the_whole_line_over_a_slow_link(tmp_path):
    clip = write_clip(tmp_path / "astronaut.mp4", seconds=40)
    report = run_demo(tmp_path, "--video", str(clip), "--link", "wan")
    plan = Plan.load(BUNDLE / "plan.json")
    fewest = min(TwoPartySuite(one).flights(plan) for one in COMPARISONS.values())
    assert report["online_s"]["p50"] >= (fewest - 2) * LINKS["wan"].one_way_s, "the image goes with what precedes it"
    assert report["crops"] >= 3 and report["inferences"] >= 3
    assert report["levels"] and all(entry["level"] <= 1 for entry in report["levels"]), "she is calm, and smiles"
    assert report["alerts"] == []


def test_a_missing_video_is_a_clear_error(tmp_path):
    command = [sys.executable, "-m", "demo.launch", "--once", "--video", str(tmp_path / "no.mp4")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2 and "no such file" in done.stderr


@pytest.mark.heavy
def test_a_person_before_this_machines_camera_goes_through_the_whole_line(tmp_path):
    clip = write_clip(tmp_path / "astronaut.mp4", seconds=40)
    before = set(tmp_path.iterdir())
    report = run_demo(tmp_path, "--camera", f"lavfi:movie={clip}:loop=0,setpts=N/15/TB,realtime", "--seconds", "40")
    assert report["video"] is None
    assert report["crops"] >= 2 and report["inferences"] >= 2
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"report.json"}, "nothing of the camera is kept"


@pytest.mark.heavy
async def test_a_person_before_a_browser_goes_through_the_whole_line(tmp_path):
    to_mjpeg(write_clip(tmp_path / "astronaut.mp4", seconds=20), tmp_path / "astronaut.mjpeg")
    command = python("demo.launch", "--once", "--json", str(tmp_path / "report.json"), "--camera", "--browser")
    with Process("demo", [*command, "--seconds", "40"], tmp_path / "demo.log", directory=ROOT) as demo:

        def link():
            found = re.search(r"your camera, on this machine: (http://127\.0\.0\.1:\d+/[\w-]+/)$", demo.log_end(), re.M)
            return found and found[1]

        page = await asyncio.to_thread(demo.wait_for, "link to the page", link, 10 * PATIENCE_S)
        film = f"--use-file-for-fake-video-capture={tmp_path / 'astronaut.mjpeg'}"
        flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", film)
        async with chromium(tmp_path, "--allow-loopback-in-peer-connection", *flags) as browser, browser.tab() as tab:
            await tab.open(page)
            await tab.until("document.readyState === 'complete'")
            await tab.evaluate("document.getElementById('start').click()")
            assert await asyncio.to_thread(demo.wait, 10 * PATIENCE_S) == 0, demo.log_end()
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["video"] is None and report["crops"] >= 2 and report["inferences"] >= 2
    assert report["levels"] and all(entry["level"] <= 1 for entry in report["levels"]), "she is calm, and smiles"
    assert report["alerts"] == []
