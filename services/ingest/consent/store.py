"""What the room holds of each camera, on the device's disk: one file a camera, whole or not there.

Statements are kept as they were signed, and believed again only where a key of the ward's signed them. Moments are of
the monotonic clock, which begins anew with every start of the machine: of another start's only numbers and pauses
count, and a pause begins its whole length anew. What cannot be read closes the camera as a pause would.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.bus.errors import BadStatement
from services.bus.models import MAX_STATEMENT_CHARS, CameraRef
from services.bus.statement import PauseId, opened
from services.ingest.consent.verdict import Held, RoomPause, Taken
from services.runtime.errors import UnusableFile

BOOT = Path("/proc/sys/kernel/random/boot_id")
LONGEST_S = 4 * 3600.0
"""Of a pause begun in the room."""
UNREADABLE_S = 3600.0
"""How long a camera is paused whose file cannot be read: it may have held a pause."""


class _Pause(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: PauseId
    begun: float = Field(allow_inf_nan=False)
    lasts_s: float = Field(gt=0.0, le=LONGEST_S)
    why: str = Field(max_length=64)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    format: int = Field(ge=1, le=1)
    boot: str = Field(max_length=64)
    number: int = Field(ge=0)
    statement: str = Field(default="", max_length=MAX_STATEMENT_CHARS)
    signature: str = Field(default="", max_length=128)
    asked: float = Field(default=0.0, allow_inf_nan=False)
    heard: float = Field(default=0.0, allow_inf_nan=False)
    pauses: tuple[_Pause, ...] = ()


@dataclass(frozen=True)
class Signed:
    """A statement as it came."""

    text: str
    signature: str


class Store:
    """folder: where the files lie. boot: which start of the machine this is."""

    def __init__(self, folder: Path, keys: Sequence[Ed25519PublicKey], boot: str) -> None:
        self._folder, self._keys, self._boot = folder, keys, boot

    def load(self, camera: CameraRef, now: float) -> tuple[Held, Signed | None]:
        """What was kept of a camera; `now`: monotonic seconds."""
        try:
            content = self._path(camera).read_bytes()
        except FileNotFoundError:
            return Held(), None
        except OSError:
            return self._unreadable(now), None
        try:
            return self._held(_File.model_validate_json(content), camera, now)
        except ValidationError:
            return self._unreadable(now), None

    def save(self, camera: CameraRef, held: Held, signed: Signed | None) -> None:
        """Keep it: on the disk when this returns. Raises OSError; then the file of before is there."""
        taken = held.taken
        value = _File(
            format=1,
            boot=self._boot,
            number=held.number,
            statement=signed.text if taken and signed else "",
            signature=signed.signature if taken and signed else "",
            asked=taken.asked if taken else 0.0,
            heard=taken.heard if taken else 0.0,
            pauses=tuple(_Pause(id=one.id, begun=one.begun, lasts_s=one.lasts_s, why=one.why) for one in held.pauses),
        )
        _write(self._path(camera), json.dumps(value.model_dump(mode="json")).encode())

    def _path(self, camera: CameraRef) -> Path:
        return self._folder / f"{camera.camera}.json"

    def _unreadable(self, now: float) -> Held:
        pause = RoomPause(secrets.token_hex(16), now, UNREADABLE_S, "store unreadable")
        return Held(pauses=(pause,), why="store")

    def _held(self, file: _File, camera: CameraRef, now: float) -> tuple[Held, Signed | None]:
        same = file.boot == self._boot
        pauses = tuple(
            RoomPause(one.id, min(one.begun, now) if same else now, one.lasts_s, one.why) for one in file.pauses
        )
        held = Held(file.number, None, pauses, "restarted")
        if not file.statement or not same or not file.asked <= file.heard <= now:
            return held, None
        try:
            statement = opened(file.statement, file.signature, self._keys)
        except BadStatement:
            return held, None
        if statement.camera != camera:
            return held, None
        number = max(file.number, statement.number)
        taken = Taken(statement, file.asked, file.heard)
        return Held(number, taken, pauses), Signed(file.statement, file.signature)


def this_boot() -> str:
    """Which start of the machine this is. Raises UnusableFile."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise UnusableFile(BOOT, "does not tell which start of the machine this is") from None


def check_folder(folder: Path) -> None:
    """Make the folder. Raises UnusableFile where nothing can be kept in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{secrets.token_hex(8)}"
        _write(probe, b"")
        probe.unlink()
    except OSError as error:
        raise UnusableFile(folder, f"nothing can be kept there: {error.strerror or type(error).__name__}") from None


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
