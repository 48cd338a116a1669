"""A camera that has no route to the room's device: media by announced addresses and fixed ports, and by TURN.

The camera is in a network namespace that knows one address only, a load balancer's, which passes on the same ports; a
relay is Debian's coturn at that address. The same camera finds no way where neither is set, which is the finding.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.process import Process, python
from tests.services.ingest.bus_frames import arrived, listening
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.videos import write_video
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.heavy

OUTSIDE, CAMERA, INSIDE = "203.0.113.1", "203.0.113.9", "10.99.0.2"
FIRST, LAST = 40_000, 40_003
NAME = "cam"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    """The camera's network: one link to OUTSIDE, no other route. INSIDE is an address that only this side reaches."""
    name, near, far = "veilward-camera", "vw-out", "vw-cam"
    hosts = Path("/etc/netns") / name / "hosts"
    hosts.parent.mkdir(parents=True, exist_ok=True)
    hosts.write_text(f"{OUTSIDE} localhost\n")  # certificates of tests name localhost
    try:
        ip("netns", "add", name)
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        ip("address", "add", f"{OUTSIDE}/24", "dev", near)
        ip("address", "add", f"{INSIDE}/32", "dev", near)
        ip("link", "set", near, "up")
        ip("-n", name, "address", "add", f"{CAMERA}/24", "dev", far)
        ip("-n", name, "link", "set", far, "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False)
        subprocess.run(["ip", "link", "delete", near], check=False, stderr=subprocess.DEVNULL)
        hosts.unlink()
        hosts.parent.rmdir()


class _Passing(asyncio.DatagramProtocol):
    """One port of the load balancer: a flow for each sender, as a translator of addresses keeps them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._flows: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._opening: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._outside = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        flow = self._flows.get(sender)
        if flow is not None:
            flow.sendto(data)
            return
        task = asyncio.ensure_future(self._open(sender, data))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, sender: tuple[str, int], data: bytes) -> None:
        outside, inside = self._outside, (INSIDE, self._port)

        class Back(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, sender_inside: tuple[str, int]) -> None:
                outside.sendto(data, sender)  # type: ignore[attr-defined]

        flow, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Back, local_addr=(INSIDE, 0), remote_addr=inside
        )
        self._flows[sender] = flow
        flow.sendto(data)

    def close(self) -> None:
        for flow in (*self._flows.values(), self._outside):
            flow.close()


@contextlib.asynccontextmanager
async def balancer() -> AsyncIterator[None]:
    """Passes OUTSIDE's media ports on to INSIDE's."""
    ports = [
        (await asyncio.get_running_loop().create_datagram_endpoint(lambda p=port: _Passing(p), (OUTSIDE, port)))[1]
        for port in range(FIRST, LAST + 1)
    ]
    try:
        yield
    finally:
        for one in ports:
            one.close()


@contextlib.contextmanager
def turn_server(directory: Path) -> Iterator[None]:
    """coturn at OUTSIDE, which may relay to the camera's network and to this device's."""
    command = ["turnserver", "-n", "--listening-ip", OUTSIDE, "--relay-ip", OUTSIDE, "--lt-cred-mech", "--fingerprint"]
    command += ["--realm", "veilward.test", "--user", "room:relay", "--no-tls", "--no-dtls", "--no-cli"]
    command += [
        "--log-file",
        "stdout",
        "--pidfile",
        str(directory / "turn.pid"),
        "--userdb",
        str(directory / "turn.db"),
    ]
    command += ["--min-port", "41000", "--max-port", "41100"]
    with Process("turnserver", command, directory / "turn.log") as server:
        server.wait_for("answer", lambda: _answers((OUTSIDE, 3478)))
        yield


def _answers(address: tuple[str, int]) -> bool | None:
    with contextlib.suppress(OSError), socket.create_connection(address, 1.0):
        return True
    return None


@dataclass
class Room:
    """An ingest, and a camera's process in its namespace."""

    ingest: IngestProcess
    camera: Process
    name: str

    def states(self) -> list[str]:
        return [event["state"] for event in self.camera.events() if event["event"] == "connection"]


@contextlib.contextmanager
def room(directory: Path, pair: NatsPair, namespace: str, **settings: object) -> Iterator[Room]:
    base = {"ice_addresses": f'["{INSIDE}"]', "whip_host": "::", "max_sessions": 4, "connect_s": PATIENCE_S}
    with IngestProcess(directory, pair, (NAME,), **base | settings) as ingest:
        port, video = ingest.ports()["whip"], write_video(directory / "film.mp4", 4)
        arguments = ["--whip-url", f"https://localhost:{port}/whip/{NAME}", "--token", ingest.tokens[NAME]]
        arguments += ["--video", str(video), "--ca", str(ingest.ca), "--loop"]
        command = ["ip", "netns", "exec", namespace, *python("localsite.cameras.aiortc_camera", *arguments)]
        with Process("camera", command, directory / "camera.log") as camera:
            yield Room(ingest, camera, NAME)


async def test_without_a_way_the_offer_is_accepted_and_nothing_connects(
    joined_pair: NatsPair, namespace: str, tmp_path: Path
) -> None:
    with room(tmp_path, joined_pair, namespace, connect_s=8.0) as one:

        async def ended() -> bool:
            return 'veilward_ingest_sessions_ended_total{why="never_connected"}' in one.ingest.metrics() or any(
                state in ("failed", "closed") for state in one.states()
            )

        await eventually(ended)
        assert "connected" not in one.states()


async def test_media_by_fixed_ports_and_an_announced_address(
    joined_pair: NatsPair, namespace: str, tmp_path: Path
) -> None:
    settings = {"media_ports": f"{FIRST}-{LAST}", "media_announced": f'["{OUTSIDE}"]'}
    async with listening(joined_pair, NAME) as got, balancer():
        with room(tmp_path, joined_pair, namespace, **settings):
            await arrived(got, 2)


async def test_media_by_a_relay(joined_pair: NatsPair, namespace: str, tmp_path: Path) -> None:
    turn = {"turn_url": f"turn:{OUTSIDE}:3478", "turn_username": "room", "turn_credential": "relay", "turn_relay": True}
    async with listening(joined_pair, NAME) as got:
        with turn_server(tmp_path), room(tmp_path, joined_pair, namespace, **turn):
            await arrived(got, 2)
