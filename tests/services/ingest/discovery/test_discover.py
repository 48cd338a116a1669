"""Finding cameras: a real device on loopback, asked by datagram and by HTTP; devices that are broken, or hostile."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.discovery.command import main
from services.ingest.discovery.device import DeviceFault, profiles_of
from services.ingest.discovery.probe import GROUP, matches, probe
from services.ingest.discovery.xml import BadXml, parse
from services.ingest.sources.rtsp.login import Login
from tests.services.ingest.discovery.onvif_device import OnvifDevice, running
from tests.support.waiting import PATIENCE_S, eventually

LOGIN = Login("admin", "device-secret")


async def discover(device: OnvifDevice, *options: str, seconds: float = PATIENCE_S) -> int:
    """The command's status."""
    given = ["--ask", f"127.0.0.1:{device.probe_port}", "--seconds", str(seconds), *options]
    return await asyncio.to_thread(main, given)


async def test_a_camera_and_its_streams(tmp_path: Path) -> None:
    (tmp_path / "login").write_text("admin\ndevice-secret\n")
    async with running(OnvifDevice()) as device:
        command = [sys.executable, "-m", "services.ingest.main", "discover", "--seconds", str(PATIENCE_S)]
        command += ["--ask", f"127.0.0.1:{device.probe_port}", "--login", str(tmp_path / "login")]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0
    assert said.decode().splitlines() == [
        "127.0.0.1  Room 7[2J",
        "  main  H264 1920x1080  rtsp://127.0.0.1:554/stream1",
        "  sub  H264 640x360  rtsp://127.0.0.1:554/stream2",
    ]


async def test_without_a_login_its_services_are_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    async with running(OnvifDevice()) as device:
        assert await discover(device, "--json") == 0
        assert device.asked == []
    said = capsys.readouterr().out
    found = json.loads(said)
    assert found[0]["camera"]["services"] == [f"http://127.0.0.1:{device.http_port}/onvif/device_service"]
    assert "192.0.2.1" not in said, "an address that did not answer"


async def test_a_whole_network_is_asked_by_multicast() -> None:
    async with running(OnvifDevice()) as device:
        found = await eventually(lambda: probe(0.5, (GROUP[0], device.probe_port), "127.0.0.1"))
    assert [(one.address, one.endpoint) for one in found] == [("127.0.0.1", "urn:uuid:1-2")]


async def test_a_wrong_login_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "login").write_text("admin\nwrong-secret\n")
    async with running(OnvifDevice()) as device:
        assert await discover(device, "--login", str(tmp_path / "login")) == 0
    said = capsys.readouterr()
    assert "it refuses the login" in said.out
    assert "wrong-secret" not in said.out + said.err


async def test_nobody_and_what_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    async with running(OnvifDevice(answer=b"\xff not xml")) as device:
        assert await discover(device, seconds=0.5) == 1
    assert capsys.readouterr().out == "no camera answered\n"


def test_what_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--ask", "camera.test", "--seconds", "0.1"]) == 2
    assert "no IPv4 address" in capsys.readouterr().err


def test_a_login_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--login", str(tmp_path / "none"), "--seconds", "0.1"]) == 2
    assert "no such file" in capsys.readouterr().err


BOMB = b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 1000 + b'"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize(
    "body", [BOMB, OUTSIDE, BOMB.decode().encode("utf-16"), b"<a>" * 100_000, b"", b"x" * 300_000, b"<a>\xff</a>"]
)
async def test_hostile_documents_are_refused(body: bytes) -> None:
    with pytest.raises(BadXml):
        parse(body)
    assert matches(body, "127.0.0.1") == []
    async with running(OnvifDevice(body=body)) as device:
        with pytest.raises(DeviceFault):
            await profiles_of(f"http://127.0.0.1:{device.http_port}/onvif/device_service", LOGIN, PATIENCE_S)


@pytest.mark.parametrize("year", ["1" + "0" * 30, "9999", "0", "-5"])
async def test_a_device_whose_clock_is_beyond_any_calendar_hides_no_other(
    year: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command asks all that it found at once, and one that ended it would hide them."""
    (tmp_path / "login").write_text("admin\ndevice-secret\n")
    clock = "<Hour>23</Hour><Minute>59</Minute><Second>59</Second>"
    body = f"<a><UTCDateTime>{clock}<Year>{year}</Year><Month>12</Month><Day>31</Day></UTCDateTime></a>"
    async with running(OnvifDevice(body=body.encode())) as device:
        assert await discover(device, "--login", str(tmp_path / "login")) == 0
    assert "Room 7" in capsys.readouterr().out


@given(st.binary(max_size=200), st.integers(0, 900))
def test_any_answer_is_read_or_left(junk: bytes, cut: int) -> None:
    whole = OnvifDevice(http_port=80).match()
    for data in (junk, whole[:cut] + junk, whole[:cut] + junk + whole[cut:]):
        for found in matches(data, "127.0.0.1"):
            assert all(url.startswith("http://127.0.0.1:") for url in found.services)
            assert found.name.isprintable()
