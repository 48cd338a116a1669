"""What can go wrong with the site's file.

SiteError    unreadable, incomplete or contradictory (a ConfigurationError of services.runtime)
"""

from __future__ import annotations

from pathlib import Path

from services.runtime.errors import ConfigurationError


class SiteError(ConfigurationError):
    """The site file at `path` is wrong at `key` (dotted, with list indices); no token or hash is quoted."""

    def __init__(self, path: Path, key: str, reason: str) -> None:
        super().__init__(f"{path}: {key}: {reason}")
        self.path = path
        self.key = key
        self.reason = reason
