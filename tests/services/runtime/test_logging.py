"""A log line is JSON, and no payload gets into it."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from services.runtime.log_rate_limit import LINES
from services.runtime.logging import MAX_FIELD_CHARS, configure, log_event


@pytest.fixture
def root_restored() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers, root.level, (threading.excepthook, sys.unraisablehook)
    yield
    threading.excepthook, sys.unraisablehook = hooks
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


@pytest.mark.usefixtures("root_restored")
async def test_what_libraries_say_quotes_no_value() -> None:
    """asyncio of a task that nobody asked and of a call that failed, with its arguments; aiortc of any error, whole."""
    stream = io.StringIO()
    configure("ingest", "INFO", stream)

    async def fails() -> None:
        raise ValueError("PIXELS")

    def failing(_argument: str) -> None:
        raise ValueError("PIXELS")

    loop = asyncio.get_running_loop()
    task: asyncio.Task[None] | None = asyncio.ensure_future(fails())
    loop.call_soon(failing, "PIXELS")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    logging.getLogger("aiortc.rtcdtlstransport").warning("RTCDtlsTransport(%s) Traceback\nValueError: PIXELS", "PIXELS")
    logging.getLogger("other").error("cannot read PIXELS: %r".replace("PIXELS", "%s"), "PIXELS", b"PIXELS")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert "PIXELS" not in stream.getvalue()
    assert sorted(line["of"] for line in lines) == ["aiortc.rtcdtlstransport", "asyncio", "asyncio", "other"]
    assert {line["event"] for line in lines} == {
        "Exception in callback test_what_libraries_say_quotes_no_value.",
        "Task exception was never retrieved",
        "RTCDtlsTransport",
        "cannot read",
    }
    assert [line["error"] for line in lines if line["of"] == "asyncio"] == ["ValueError", "ValueError"]


@pytest.mark.usefixtures("root_restored")
def test_what_ends_a_thread_or_is_heard_by_nobody_is_logged_without_its_text() -> None:
    stream = io.StringIO()
    configure("ingest", "INFO", stream)

    def failing() -> None:
        raise ValueError("PIXELS")

    class Falling:
        def __del__(self) -> None:
            failing()

    thread = threading.Thread(target=failing)
    thread.start()
    thread.join()
    Falling()
    gc.collect()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("thread_failed", "ValueError"),
        ("error_unheard", "ValueError"),
    ]
    assert "PIXELS" not in stream.getvalue()


@pytest.mark.usefixtures("root_restored")
def test_of_what_anybody_can_make_a_library_say_are_a_few_lines() -> None:
    stream = io.StringIO()
    logger = configure("ingest", "INFO", stream)
    for _ in range(10 * LINES):
        logging.getLogger("aiohttp.server").error("Error handling request from %s", "127.0.0.1")
        logging.getLogger("asyncio").error("Task was destroyed but it is pending!")
        log_event(logger, "frame_lost", logging.WARNING)
    said = Counter(json.loads(line).get("of", "ours") for line in stream.getvalue().splitlines())
    assert said == {"aiohttp.server": LINES, "asyncio": LINES, "ours": 10 * LINES}
