"""`services.alerts.main` on a machine whose wall clock is set: WALL_OFFSET names a file with seconds to add to it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from services.alerts import main
from services.runtime.clock import Instant, SystemClock

if __name__ == "__main__":
    offset = Path(os.environ.pop("WALL_OFFSET"))
    read = SystemClock.now

    def now(clock: SystemClock) -> Instant:
        true = read(clock)
        return Instant(true.mono, true.wall + timedelta(seconds=float(offset.read_text())))

    SystemClock.now = now  # type: ignore[method-assign]
    main.main()
