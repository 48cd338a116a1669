"""site.yaml: the site, its wards, rooms and cameras, and the hash of each camera's token.

    site: haus-am-see
    wards:
      - id: ward-1
        name: Ground floor
        rooms:
          - id: room-7
            name: Room 7
            cameras:
              - id: cam-7a                   # unique in the site
                name: Above the bed
                token_sha256: <64 hex digits>  # SHA-256 of the camera's bearer token
                crop: 224x224x3              # or 48x48x1
Names are for people and stay in the ward; ids are subject tokens. Nothing here names a resident.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.bus.errors import SiteError
from services.bus.models import CameraRef, Token

Label = Annotated[str, StringConstraints(min_length=1, max_length=80)]
CropFormat = Literal["224x224x3", "48x48x1"]
MAX_FILE_BYTES = 4 * 1024 * 1024
_NO_HASH = "0" * 64


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Camera(_Entry):
    """A camera; `token_sha256` is the hash of the token it shows to ingest."""

    id: Token
    name: Label
    token_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    crop: CropFormat = "224x224x3"


class Room(_Entry):
    """A room and its cameras."""

    id: Token
    name: Label
    cameras: list[Camera] = Field(min_length=1)


class Ward(_Entry):
    """A ward and its rooms."""

    id: Token
    name: Label
    rooms: list[Room] = Field(min_length=1)


class _File(_Entry):
    site: Token
    wards: list[Ward] = Field(min_length=1)


class Site:
    """A loaded site: look up cameras by id."""

    def __init__(self, site: str, wards: tuple[Ward, ...]) -> None:
        self.site = site
        self.wards = wards
        self._cameras = {camera.id: (ward, room, camera) for ward, room, camera in self.walk()}

    @classmethod
    def load(cls, path: Path) -> Site:
        """Read and check a site file.

        Raises:
            SiteError: naming the file and the key; no token or hash is quoted.
        """
        content = _parse(path)
        site = cls(content.site, tuple(content.wards))
        _check_unique(path, site)
        return site

    def walk(self) -> Iterator[tuple[Ward, Room, Camera]]:
        """Every camera with its ward and room, in the file's order."""
        for ward in self.wards:
            for room in ward.rooms:
                for camera in room.cameras:
                    yield ward, room, camera

    @property
    def camera_ids(self) -> tuple[str, ...]:
        """The ids of all cameras, in the file's order."""
        return tuple(self._cameras)

    def camera(self, camera_id: str) -> CameraRef:
        """Where a camera hangs. Raises KeyError when the site has no such camera."""
        ward, room, camera = self._cameras[camera_id]
        return CameraRef(site=self.site, ward=ward.id, room=room.id, camera=camera.id)

    def entry(self, camera_id: str) -> Camera:
        """A camera's entry. Raises KeyError when the site has no such camera."""
        return self._cameras[camera_id][2]

    def token_matches(self, camera_id: str, token: str) -> bool:
        """Whether `token` is the camera's; takes the same time for a wrong token and for an unknown camera."""
        found = self._cameras.get(camera_id)
        expected = found[2].token_sha256 if found else _NO_HASH
        return hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), expected) and found is not None


def _mapping(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SiteError(path, "file", f"more than {MAX_FILE_BYTES} bytes")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteError(path, "file", error.strerror or "unreadable") from None
    except UnicodeDecodeError:
        raise SiteError(path, "file", "not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SiteError(path, f"line {mark.line + 1}" if mark else "file", "not YAML") from None
    if not isinstance(content, dict):
        raise SiteError(path, "file", "not a mapping with the keys site and wards")
    return content


def _parse(path: Path) -> _File:
    try:
        return _File.model_validate(_mapping(path))
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in problem["loc"]) or "file"
        raise SiteError(path, key, problem["msg"]) from None


def _check_unique(path: Path, site: Site) -> None:
    wards = [ward.id for ward in site.wards]
    rooms = [room.id for ward in site.wards for room in ward.rooms]
    cameras = [camera.id for _, _, camera in site.walk()]
    for kind, ids in (("wards", wards), ("rooms", rooms), ("cameras", cameras)):
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice is not None:
            raise SiteError(path, kind, f"the id {twice} occurs twice")
