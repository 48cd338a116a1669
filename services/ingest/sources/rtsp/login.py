"""A camera's login: a file of two lines, user and password, named as the camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from services.ingest.sources.pulling.secret_file import secret_lines
from services.ingest.sources.rtsp.errors import LoginUnreadable

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
    lines = secret_lines(folder, camera, 2, LoginUnreadable, "two lines are needed, user and password")
    if lines is None:
        return None
    login = Login(lines[0], lines[1])
    login.check()
    return login
