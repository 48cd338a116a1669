"""JSON lines on stderr: ts, level, service, event, and the fields given by the caller.

A field is a number, a short string or a bool. Bytes are refused: a picture, a key or a payload cannot be logged
by accident. An exception is logged by its type and its place, never by its text, which may quote a value. Of what
libraries say only how it begins is logged, without what they put into it: some write whole errors there, or what a
function was called with.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections import defaultdict
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Protocol, TextIO

from services.runtime.log_rate_limit import LogRateLimit

Field = str | int | float | bool | None
MAX_FIELD_CHARS = 512
OURS = "veilward"
RESERVED = frozenset({"ts", "level", "service", "event", "error", "at", "of"})
_VALUES = re.compile("[\n(<\"'%:=]")


class JsonFormatter(logging.Formatter):
    """One record, one line of JSON."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; keys of the caller never replace the formatter's own."""
        line: dict[str, Field] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "event": _said(record)[:MAX_FIELD_CHARS],
        }
        if not _is_ours(record):
            line["of"] = record.name
        fields = getattr(record, "fields", {})
        line.update({key: _clean(value) for key, value in fields.items() if key not in RESERVED})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["at"] = f"{frames[-1].name}:{frames[-1].lineno}" if frames else None
        return json.dumps(line, allow_nan=True)


class LibraryLogLimit(logging.Filter):
    """Of each library a few lines a minute: a malformed request of anybody who reaches a port is one of aiohttp's."""

    def __init__(self) -> None:
        super().__init__()
        self._limits: defaultdict[str, LogRateLimit] = defaultdict(LogRateLimit)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is said; with how many of its library's were left out before it."""
        if _is_ours(record):
            return True
        left_out = self._limits[record.name].take()
        if left_out:
            record.fields = {"left_out": left_out}
        return left_out is not None


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == "root" or record.name.partition(".")[0] == OURS


def _said(record: logging.LogRecord) -> str:
    """The message; of a library's the words before its values: before its lines, calls, quotes and colons."""
    if _is_ours(record):
        return record.getMessage()
    return _VALUES.split(str(record.msg), maxsplit=1)[0].strip()


def _clean(value: object) -> Field:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:MAX_FIELD_CHARS]
    return f"<{type(value).__name__}>"


def get_logger(name: str) -> logging.Logger:
    """The logger of a service, or of a part that services share: `ingest`, `bus`."""
    return logging.getLogger(f"{OURS}.{name}")


def configure(service: str, level: str, stream: TextIO | None = None) -> logging.Logger:
    """Write JSON lines to `stream` (stderr) and return the service's logger.

    So are errors logged that end a thread, or that nobody can be told of, which Python would print with their texts.
    Libraries of others speak from WARNING on, whatever the level: below it some name addresses or print packets.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    handler.addFilter(LibraryLogLimit())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.getLogger(OURS).setLevel(level)
    logger = get_logger(service)
    threading.excepthook = partial(_unheard, logger, "thread_failed")
    sys.unraisablehook = partial(_unheard, logger, "error_unheard")
    return logger


class _Unheard(Protocol):
    @property
    def exc_type(self) -> type[BaseException]: ...

    @property
    def exc_value(self) -> BaseException | None: ...

    @property
    def exc_traceback(self) -> TracebackType | None: ...


def _unheard(logger: logging.Logger, event: str, what: _Unheard) -> None:
    if what.exc_value is not None:
        logger.error(event, exc_info=(what.exc_type, what.exc_value, what.exc_traceback))


def log_event(logger: logging.Logger, event: str, level: int = logging.INFO, **fields: Field) -> None:
    """Log `event` (snake_case) with its fields."""
    logger.log(level, event, extra={"fields": fields})
