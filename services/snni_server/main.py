"""Entry point `veilward-snni-server`: the service, with settings from VEILWARD_SNNI_SERVER_*."""

from __future__ import annotations

from services.runtime.process import run_process
from services.snni_server.service import run
from services.snni_server.settings import SnniServerSettings


def main() -> None:
    """Entry point; `run_process` says how it ends."""
    run_process("snni_server", SnniServerSettings, run)


if __name__ == "__main__":
    main()
