"""A connection to Redis that says soon when there is none: no tries again, short waits."""

from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

TIMEOUT_S = 0.5


def redis_client(url: str, ca: Path | None = None, timeout_s: float = TIMEOUT_S) -> Redis:
    """url: redis://, rediss:// or unix://. ca: of a rediss:// server's certificate. No connection before it is used."""
    options: dict[str, Any] = {"ssl_ca_certs": str(ca)} if ca is not None else {}
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        **options,
    )
