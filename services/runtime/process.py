"""How every service begins and ends: hardened, settings, logging, the work, and an exit status that says what helps.

status  what happened                                               what helps
0       it was told to stop, and drained; or asked for its --help   nothing is needed
1       what it needs failed it, or the service itself did          starting it again; the last log lines name it
2       what it was given is wrong: a setting, its file, or a word  setting that right; the last line names it

    async def serve(settings: IngestSettings, process: Process) -> None: ...

    def main() -> None:
        run_process("ingest", IngestSettings, serve)
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from services.runtime.clock import Clock, SystemClock
from services.runtime.errors import ConfigurationError, RuntimeFault, UnknownWords
from services.runtime.logging import configure, log_event
from services.runtime.metrics import PROCESS, Metrics
from services.runtime.settings import ServiceSettings, load
from services.runtime.shutdown import harden, leave, stop_event
from services.runtime.usage import usage

S = TypeVar("S", bound=ServiceSettings)


class ExitStatus(IntEnum):
    """How a service's process ends; the table above says what each means."""

    STOPPED = 0
    FAILED = 1
    MISCONFIGURED = 2


@dataclass(frozen=True)
class Process:
    """What a service is given by the process that it runs in; tests make their own.

    stop: set when the service should drain and end.
    """

    stop: asyncio.Event
    clock: Clock = field(default_factory=SystemClock)
    metrics: Metrics = PROCESS


def run_process(
    name: str, kind: type[S], serve: Callable[[S, Process], Awaitable[None]], commands: Iterable[str] = ()
) -> None:
    """Run the service `name` until SIGTERM or SIGINT, and end the process with an ExitStatus. Does not return.

    commands: first words that the caller answers. With any other the service does not start: beside the one that runs
    a mistyped command would be a second.
    """
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(usage(name, kind, commands))
        sys.exit(ExitStatus.STOPPED)
    logger = logging.getLogger()
    try:
        if sys.argv[1:]:
            raise UnknownWords(commands)
        harden()
        settings = load(kind)
        logger = configure(name, settings.log_level)
        asyncio.run(_run(settings, serve))
        log_event(logger, "stopped")
        status = ExitStatus.STOPPED
    except Exception as error:  # the last stop of every error: the process ends by it
        status = _report(name, logger, error)
    leave(status)


async def _run(settings: S, serve: Callable[[S, Process], Awaitable[None]]) -> None:
    await serve(settings, Process(stop_event()))


def _report(name: str, logger: logging.Logger, error: Exception) -> ExitStatus:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ConfigurationError):
            print(f"veilward-{name.replace('_', '-')}: {cause}", file=sys.stderr)
            return ExitStatus.MISCONFIGURED
    for cause in causes:
        fields = {"reason": reason} if (reason := _reason(cause)) else {}
        logger.error("failed", exc_info=cause, extra={"fields": fields})
    return ExitStatus.FAILED


def _causes(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    else:
        yield error


def _reason(error: BaseException) -> str:
    """The text of errors that quote no value; others are known by their type and place."""
    if isinstance(error, RuntimeFault):
        return str(error)
    return error.strerror or "" if isinstance(error, OSError) else ""
