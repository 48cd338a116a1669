"""Entry point `veilward-snni-client`: the site, the bus, then the service; settings from VEILWARD_SNNI_CLIENT_*."""

from __future__ import annotations

from services.bus.nats_bus import connected
from services.runtime.process import Process, run_process
from services.site.file import load_site
from services.snni_client.service import run
from services.snni_client.settings import SnniClientSettings


async def serve(settings: SnniClientSettings, process: Process) -> None:
    """Connect and run. Raises SiteError, BusError and what `run` raises."""
    site = load_site(settings.site_file)
    async with connected(settings, "snni_client", process.metrics) as bus:
        await run(settings, site, bus, process)


def main() -> None:
    """Entry point; `run_process` says how it ends."""
    run_process("snni_client", SnniClientSettings, serve)


if __name__ == "__main__":
    main()
