"""A camera's login: a file of two lines, user and password, named as the camera. Read anew for every attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from services.ingest.sources.rtsp.errors import LoginUnreadable

MAX_FILE_BYTES = 1024
MAX_CHARS = 120
"""libavformat cuts a login, user and password and a colon, percent-encoded, after 127 characters."""


@dataclass(frozen=True)
class Login:
    """Not shown by repr."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    def within(self, url: str) -> str:
        """The URL with the login in it, for libavformat; never to be shown. url: without one."""
        scheme, rest = url.split("://", 1)
        return f"{scheme}://{self._encoded}@{rest}"

    @property
    def _encoded(self) -> str:
        return f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"

    def check(self) -> None:
        """Raises LoginUnreadable where libavformat could not say this login as it is."""
        if not self.user or ":" in self.user or len(self._encoded) > MAX_CHARS:
            raise LoginUnreadable("a login needs a user without a colon, and is too long beyond 120 characters")


def read_login(folder: Path | None, camera: str) -> Login | None:
    """The camera's login; None where it has no file. Raises LoginUnreadable."""
    if folder is None:
        return None
    try:
        with (folder / camera).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError:
        raise LoginUnreadable("the file cannot be read") from None
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError:
        raise LoginUnreadable("the file is not UTF-8") from None
    if len(content) > MAX_FILE_BYTES or len(lines) != 2:
        raise LoginUnreadable("two lines are needed, user and password")
    login = Login(lines[0], lines[1])
    login.check()
    return login
