"""A log line is JSON, and no payload gets into it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from services.runtime.logging import MAX_FIELD_CHARS, configure, log_event


@pytest.fixture
def root_restored() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("root_restored")
def test_a_line() -> None:
    stream = io.StringIO()
    logger = configure("ingest", "INFO", stream)
    log_event(logger, "session_started", camera="cam-1", frames=3, ratio=0.5, ready=True)
    log_event(logger, "too_fine", logging.DEBUG)
    (line,) = stream.getvalue().splitlines()
    record = json.loads(line)
    assert record.pop("ts").endswith("+00:00")
    assert record == {
        "level": "INFO",
        "service": "ingest",
        "event": "session_started",
        "camera": "cam-1",
        "frames": 3,
        "ratio": 0.5,
        "ready": True,
    }


@pytest.mark.usefixtures("root_restored")
def test_what_must_not_be_logged() -> None:
    stream = io.StringIO()
    logger = configure("ingest", "INFO", stream)
    log_event(logger, "x", data=b"PIXELS", values=[1, 2], long="y" * 9999, service="forged")  # type: ignore[arg-type]
    try:
        raise ValueError("PIXELS")
    except ValueError:
        logger.exception("failed")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert "PIXELS" not in stream.getvalue()
    assert first["data"] == "<bytes>"
    assert first["values"] == "<list>"
    assert len(first["long"]) == MAX_FIELD_CHARS
    assert first["service"] == "ingest"
    assert second["error"] == "ValueError"
    assert second["at"].startswith("test_what_must_not_be_logged:")
