"""The leaf's stream OUT, begun so that the hub, which resumes by position, misses nothing of a store that starts over.

The hub sources OUT and asks for what comes after the last sequence number that it holds. A store that was emptied (a
device set up anew) would give out numbers a second time, and the hub would take what they carry for what it has. So a
new OUT begins at the present moment in milliseconds, which is above every number that a former one gave out: no device
stores a thousand events a second. A device whose clock has not been set yet, being without a battery for it, begins no
store: to it the leaf's own certificate is not valid yet, and this connection needs that. That the end of a store is not
lost with the power is `sync_interval: always` (services.bus.nats_config).

A purge of an empty stream sets its next number (so in every version of NATS from 2.9 on; a stream's `first_seq` came
with 2.10). Afterwards OUT refuses to be purged, whoever asks.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js import errors as js_errors
from nats.js.api import StreamConfig

from services.runtime.logging import get_logger, log_event

REQUEST_TIMEOUT_S = 5.0

_log = get_logger("bus")


async def begin(client: Client, context: JetStreamContext, config: StreamConfig) -> bool:
    """Make the stream if it is not there, beginning now; whether it was made. Raises nats errors, OSError."""
    name = config.name or ""
    try:
        state = (await context.stream_info(name)).state
    except js_errors.NotFoundError:
        await context.add_stream(replace(config, deny_purge=False))
    else:
        if state.last_seq:
            return False
    request = json.dumps({"seq": time.time_ns() // 1_000_000}).encode()
    answer = await client.request(f"$JS.API.STREAM.PURGE.{name}", request, timeout=REQUEST_TIMEOUT_S)
    if not json.loads(answer.data).get("success"):
        raise js_errors.ServerError(description="the stream could not be given its first number")
    log_event(_log, "store_begun", stream=name)
    return True
