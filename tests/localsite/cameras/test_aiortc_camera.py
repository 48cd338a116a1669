"""The virtual camera as its own process, against a real ingest."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localsite.cameras.aiortc_camera import arguments, pictures, run
from localsite.nats_pair import NatsPair
from localsite.process import python
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.videos import write_video
from tests.support.waiting import PATIENCE_S

CAMERAS = tuple(f"demo-{number}" for number in range(8))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, nats_pair: NatsPair) -> Iterator[IngestProcess]:
    """An ingest of these tests' own."""
    process = IngestProcess(tmp_path_factory.mktemp("ingest"), nats_pair, CAMERAS).start()
    process.ports()
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second and a half at 30 fps."""
    return write_video(tmp_path_factory.mktemp("video") / "square.mp4", 1.5, fps=30)


async def start(service: IngestProcess, film: Path, *extra: str, **changed: str) -> asyncio.subprocess.Process:
    """Start the camera for a fresh camera id."""
    command = [*python("localsite.cameras.aiortc_camera"), *words(service, film, changed), *extra]
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


def words(service: IngestProcess, film: Path, changed: dict[str, str]) -> list[str]:
    """The camera's command line."""
    camera = service.fresh_camera()
    given = {"whip-url": service.url(camera), "token": service.tokens[camera], "video": str(film)}
    given |= {"ca": str(service.ca)} | {name.replace("_", "-"): value for name, value in changed.items()}
    return [word for name, value in given.items() if value for word in (f"--{name}", value)]


async def ended(child: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    """Its events, once it ended by itself."""
    try:
        output, _ = await asyncio.wait_for(child.communicate(), PATIENCE_S)
    finally:
        if child.returncode is None:
            child.kill()
    return [json.loads(line) for line in output.decode().splitlines()]


def named(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The first event of this name; AssertionError when there is none."""
    found = next((event for event in events if event["event"] == name), None)
    assert found is not None, events
    return found


async def test_once_plays_to_the_end_and_deletes(service: IngestProcess, video: Path) -> None:
    before = time.time()
    child = await start(service, video, "--once")
    events = await ended(child)
    assert child.returncode == 0, events
    first, deleted = named(events, "first_frame"), named(events, "deleted")
    assert before < first["first_frame_at"] <= first["at"]
    assert deleted["status"] == 200
    assert abs(deleted["frames"] - 23) <= 1, "30 fps shown at 15"
    assert deleted["at"] - first["first_frame_at"] >= 1.5 - 1 / 15 - 0.01, "real time"
    assert named(events, "published")["location"].startswith("https://localhost:")


async def test_loop_goes_on_until_told(service: IngestProcess, video: Path) -> None:
    child = await start(service, video, "--loop", "--codec", "H264")
    assert child.stdout is not None
    lines = []
    async with asyncio.timeout(PATIENCE_S):
        while not lines or lines[-1]["event"] != "again":
            lines.append(json.loads(await child.stdout.readline()))
    child.send_signal(signal.SIGTERM)
    events = await ended(child)
    assert child.returncode == 0, events
    assert named(events, "deleted")["frames"] >= 22, "the whole first round"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"token": "wrong"}, "answered 401"),
        ({"ca": ""}, "certificate"),
        ({"video": "/nowhere.mp4"}, "No such file"),
        ({"whip_url": "https://localhost:1/whip/x"}, "Cannot connect"),
    ],
)
async def test_failures_are_named(
    service: IngestProcess, video: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], reason: str
) -> None:
    assert await run(arguments(words(service, video, changed))) == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert reason.lower() in named(events, "failed")["reason"].lower()


def test_pictures_are_thinned_by_time(video: Path) -> None:
    assert len(list(pictures(video, 30))) == 45
    moments = [moment for moment, _ in pictures(video, 10)]
    assert len(moments) == 15
    assert moments[0] == 0.0
    assert all(abs(moment - number / 10) < 0.04 for number, moment in enumerate(moments))
