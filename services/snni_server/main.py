"""Entry point `veilward-snni-server`: the service, with settings from VEILWARD_SNNI_SERVER_*."""

from __future__ import annotations

from services.runtime.heap import share_heap
from services.runtime.process import run_process
from services.snni_server.service import run
from services.snni_server.settings import SnniServerSettings


def main() -> None:
    """Entry point; `run_process` says how it ends."""
    share_heap()  # every client's threads prepare frames, a hundred megabytes each
    run_process("snni_server", SnniServerSettings, run)


if __name__ == "__main__":
    main()
