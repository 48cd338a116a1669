"""veilward-alerts: reads the environment, sets up the process, runs the service."""

import asyncio
import sys

from services.alerts.errors import AlertsError
from services.alerts.service import AlertsService
from services.alerts.settings import AlertsSettings
from services.runtime.errors import RuntimeFault
from services.runtime.logging import configure
from services.runtime.settings import load
from services.runtime.shutdown import stop_event
from services.site.file import load_site


async def serve(settings: AlertsSettings) -> None:
    """Run until SIGTERM or SIGINT."""
    logger = configure("alerts", settings.log_level)
    await AlertsService(settings, load_site(settings.site_file), logger).run(stop_event())


def main() -> None:
    """Entry point. Exit status 2 when the settings or the site's file are wrong."""
    try:
        settings = load(AlertsSettings)
        asyncio.run(serve(settings))
    except (RuntimeFault, AlertsError) as error:
        sys.exit(f"veilward-alerts: {error}")


if __name__ == "__main__":
    main()
