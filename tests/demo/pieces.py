"""Pieces of the faces that a stack is shown: runs of bytes of its frames, searched for in memory and in files."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from localsite.site_file import ROOM, SITE, WARD
from localsite.stack import CAMERA, Stack
from services.bus.models import CameraRef, Envelope, FrameMessage
from tests.support.waiting import PATIENCE_S

BUNDLE = Path(__file__).parents[2] / "models" / "squeezenet-synthetic"
REF = CameraRef(site=SITE, ward=WARD, room=ROOM, camera=CAMERA)
PIECE, PIECES = 24, 8
WIDTH, HEIGHT = 512, 512


def picture(seed: int) -> np.ndarray:
    """An I420 frame of a real face under fresh sensor noise: uint8 [HEIGHT * 3 / 2, WIDTH]."""
    noise = np.random.default_rng(seed).normal(0, 3, (HEIGHT, WIDTH, 3))
    rgb = np.clip(data.astronaut() + noise, 0, 255).astype(np.uint8)
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)


def pieces_of(array: np.ndarray, seed: int) -> list[bytes]:
    """Runs of PIECE bytes with at least ten different values: noise makes them unlike anything else."""
    flat, rng, found = array.reshape(-1), np.random.default_rng(seed), []
    while len(found) < PIECES:
        start = int(rng.integers(0, flat.size - PIECE))
        piece = flat[start : start + PIECE].tobytes()
        if len(set(piece)) >= 10:
            found.append(piece)
    return found


def memory(pid: int) -> Iterator[bytes]:
    """The readable, private memory of a process, region by region."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as file:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match is None:
                continue
            start, end = (int(value, 16) for value in match.groups())
            try:
                file.seek(start)
                yield file.read(end - start)
            except (OSError, ValueError):
                continue


def in_memory(pid: int, pieces: list[bytes]) -> int:
    """How many of the pieces the process holds."""
    held: set[bytes] = set()
    for region in memory(pid):
        held |= {piece for piece in pieces if piece not in held and piece in region}
    return len(held)


def in_files(root: Path, pieces: list[bytes]) -> list[Path]:
    """Files under root that hold a piece."""
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if any(piece in path.read_bytes() for piece in pieces)]


async def show(stack: Stack, count: int) -> list[np.ndarray]:
    """Publish frames as ingest would until `count` levels came out; the frames."""
    producer, frames = uuid.uuid4().hex, []
    client = stack.services["snni_client"]
    async with stack.nats.bus("ingest", streams=False) as bus:
        while sum(event["event"] == "scored" for event in client.events()) < count:
            assert len(frames) < 2 * PATIENCE_S, client.log.read_text()[-2000:]
            now = datetime.now(UTC)
            frames.append(picture(len(frames)))
            envelope = Envelope(camera=REF, sequence=len(frames), producer=producer, captured_at=now, published_at=now)
            data = frames[-1].tobytes()
            await bus.publish(FrameMessage(envelope=envelope, width=WIDTH, height=HEIGHT, data=data))
            await asyncio.sleep(0.5)
    return frames
