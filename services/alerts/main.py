"""Entry point `veilward-alerts`: the site's file, then the service, with settings from VEILWARD_ALERTS_*.

With the same settings `veilward-alerts people ...` looks after accounts, `veilward-alerts baseline ...` says at which
level a calm face reads, and `veilward-alerts records ...` looks after the audit log,
`veilward-alerts backup ...` after copies of all that cannot be made again, `veilward-alerts tables ...` takes the
database back to an earlier version's tables. `veilward-alerts consent-key ...` makes the key that signs consents.
"""

import logging
import signal
import sys
from collections.abc import Callable

from services.alerts.audit import records_command
from services.alerts.backup import command as backup
from services.alerts.consents import key
from services.alerts.people import commands
from services.alerts.records import baseline, tables_command
from services.alerts.service import AlertsService
from services.alerts.settings import AlertsSettings
from services.runtime.process import Process, run_process
from services.site.file import load_site

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "backup": backup.main,
    "baseline": baseline.main,
    "consent-key": key.main,
    "people": commands.main,
    "records": records_command.main,
    "tables": tables_command.main,
}
"""What is run in the service's place, by the first word; each returns an exit status."""


async def serve(settings: AlertsSettings, process: Process) -> None:
    """Run until the process is to stop. Raises SiteError and what AlertsService.run raises."""
    await AlertsService(settings, load_site(settings.site_file), process).run()


def main() -> None:
    """Entry point; `run_process` says how the service ends."""
    if sys.argv[1:2] and (answer := COMMANDS.get(sys.argv[1])):
        logging.getLogger().addHandler(logging.NullHandler())  # a command says what it has to say itself
        try:
            sys.exit(answer(sys.argv[2:]))
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)
    run_process("alerts", AlertsSettings, serve, COMMANDS)


if __name__ == "__main__":
    main()
