"""The records of a site, and looking up its cameras. Names are for people; ids are subject tokens."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.bus.models import TEST_ROOM, CameraRef, CropFormat, Token
from services.site.address import RtspUrl, WhepUrl
from services.site.outline import Outline


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


_SHOWN = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=rf"^{_SHOWN}*\S{_SHOWN}*$")]
"""What a person reads on one line."""
Digest = Annotated[str, BeforeValidator(_lower), StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in hexadecimal; some tools write it in capitals."""
LOGIN_IN_URL = re.compile(r"(?i)(pass|passwd|password|pwd)[=:_]")
TOKEN_IN_URL = re.compile(r"(?i)(token|jwt|secret|authorization)[=:]")
_NO_HASH = "0" * 64


class Entry(BaseModel):
    """Frozen, nothing undeclared; what is wrong is named without its value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Rtsp(Entry):
    """Where ingest fetches a camera's video. url: without a login, which has a file of its own."""

    url: RtspUrl = Field(repr=False)
    transport: Literal["tcp", "udp"] = "tcp"

    @model_validator(mode="after")
    def _kept_secret(self) -> Rtsp:
        if LOGIN_IN_URL.search(self.url):
            raise ValueError("a password stands in the url; logins belong into files")
        if self.url.startswith("rtsps:") and self.transport == "udp":
            raise ValueError("rtsps needs the transport tcp: datagrams would not be encrypted")
        return self


class Whep(Entry):
    """Where ingest fetches a camera's video by WHEP. url: without a token, which has a file of its own."""

    url: WhepUrl = Field(repr=False)

    @model_validator(mode="after")
    def _kept_secret(self) -> Whep:
        if LOGIN_IN_URL.search(self.url) or TOKEN_IN_URL.search(self.url):
            raise ValueError("a token stands in the url; tokens belong into files")
        return self


class PictureRegions(Entry):
    """What is drawn on a camera's picture. drawn_on: its size then, of which only the shape counts.

    masks: parts that are destroyed before anything is published. bed: where the resident's face is to be looked for.
    """

    drawn_on: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{1,4}x[1-9][0-9]{1,4}$")]
    masks: Annotated[tuple[Outline, ...], Field(max_length=16)] = ()
    bed: Outline | None = None

    @property
    def width(self) -> int:
        """Of drawn_on."""
        return int(self.drawn_on.split("x")[0])

    @property
    def height(self) -> int:
        """Of drawn_on."""
        return int(self.drawn_on.split("x")[1])


class Camera(Entry):
    """A camera: it publishes to ingest with a token whose hash is `token_sha256`, or ingest fetches its video.

    rtsp, whep: from where. crop: what the network takes.
    """

    id: Token
    name: Label
    token_sha256: Digest | None = None
    rtsp: Rtsp | None = None
    whep: Whep | None = None
    crop: CropFormat = "224x224x3"
    sight: PictureRegions | None = None
    shutter: Literal["open", "closed"] = "open"

    @model_validator(mode="after")
    def _one_way(self) -> Camera:
        if sum(one is not None for one in (self.token_sha256, self.rtsp, self.whep)) != 1:
            raise ValueError("one of token_sha256, rtsp and whep is needed")
        return self


class Room(Entry):
    """A room and its cameras. test: nobody lies there, drawn faces are shown, and the ward is not called."""

    id: Token
    name: Label
    test: bool = False
    cameras: list[Camera] = Field(min_length=1)

    @model_validator(mode="after")
    def _marked_twice(self) -> Room:
        if self.test != self.id.startswith(TEST_ROOM):
            raise ValueError(f"a test room, and no other, has test: true and an id that begins with {TEST_ROOM}")
        return self


class Ward(Entry):
    """A ward and its rooms."""

    id: Token
    name: Label
    rooms: list[Room] = Field(min_length=1)


class Site:
    """Look up cameras by id; ids of cameras are unique in the site."""

    def __init__(self, site: str, wards: tuple[Ward, ...]) -> None:
        self.site = site
        self.wards = wards
        self._cameras = {camera.id: (ward, room, camera) for ward, room, camera in self.walk()}

    def walk(self) -> Iterator[tuple[Ward, Room, Camera]]:
        """Every camera with its ward and room, in the file's order."""
        for ward in self.wards:
            for room in ward.rooms:
                for camera in room.cameras:
                    yield ward, room, camera

    @property
    def looked_after(self) -> Site:
        """The site without its test rooms: what a ward calls somebody for. Without wards where nothing is left."""
        wards = [ward.model_copy(update={"rooms": [one for one in ward.rooms if not one.test]}) for ward in self.wards]
        return Site(self.site, tuple(ward for ward in wards if ward.rooms))

    @property
    def test_cameras(self) -> tuple[CameraRef, ...]:
        """The cameras of the test rooms, in the file's order."""
        return tuple(ref for ref in map(self.camera, self.camera_ids) if ref.is_test)

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
        expected = found[2].token_sha256 if found else None
        matches = hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), expected or _NO_HASH)
        return matches and expected is not None
