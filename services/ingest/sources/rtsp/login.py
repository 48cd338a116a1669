"""A camera's login: a file of two lines, user and password, named as the camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.sources.pulling.secret_file import secret_lines
from services.ingest.sources.rtsp.errors import LoginUnreadable


@dataclass(frozen=True)
class Login:
    """Not shown by repr."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    def check(self) -> None:
        """Raises LoginUnreadable where no camera could be told this login."""
        if not self.user or ":" in self.user or '"' in self.user:
            raise LoginUnreadable("a login needs a user, without a colon or a quotation mark")


def read_login(folder: Path | None, camera: str) -> Login | None:
    """The camera's login; None where it has no file. Raises LoginUnreadable."""
    lines = secret_lines(folder, camera, 2, LoginUnreadable, "two lines are needed, user and password")
    if lines is None:
        return None
    login = Login(lines[0], lines[1])
    login.check()
    return login
