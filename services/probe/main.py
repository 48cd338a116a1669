"""Entry point `veilward-probe`: the virtual camera of a test room, with settings from VEILWARD_PROBE_*."""

from __future__ import annotations

from services.probe.service import run
from services.probe.settings import ProbeSettings
from services.runtime.process import run_process


def main() -> None:
    """Entry point; `run_process` says how it ends."""
    run_process("probe", ProbeSettings, run)


if __name__ == "__main__":
    main()
