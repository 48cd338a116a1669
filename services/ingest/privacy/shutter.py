"""A camera's software shutter: while it is closed, nothing of the camera is published.

Closed by `shutter: closed` in site.yaml, or by a file of any content named as the camera in the shutters' folder: it is
closed by `touch` and opened by `rm`, without a restart, and stays as it is through every kind of one. Where the folder
cannot be looked into, every shutter is closed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shutter:
    """always: closed by the site's file. path: the file that closes it; None: there is no folder."""

    always: bool = False
    path: Path | None = None

    def closed(self) -> bool:
        """Whether it is closed now."""
        if self.always or self.path is None:
            return self.always
        try:
            os.lstat(self.path)
        except FileNotFoundError:
            return not self.path.parent.is_dir()
        except OSError:
            return True
        return True
