"""A connection to Redis that says soon when there is none: no tries again, short waits."""

import ssl
from typing import Any

from redis.asyncio import Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

TIMEOUT_S = 0.5


class _Secured(SSLConnection):
    """A connection by a context that is given: redis-py would read the files once for all of a connection's lives."""

    def __init__(self, *, renewed: ssl.SSLContext, **options: Any) -> None:
        super().__init__(**options)
        self.ssl_context.context = renewed


def redis_client(url: str, context: ssl.SSLContext | None = None, timeout_s: float = TIMEOUT_S) -> Redis:
    """url: redis://, rediss:// or unix://. context: of rediss://; with none, the system's authorities are believed.

    No connection before it is used.
    """
    client = Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
    )
    pool = client.connection_pool
    if context is not None and issubclass(pool.connection_class, SSLConnection):
        pool.connection_class = _Secured
        pool.connection_kwargs["renewed"] = context
    return client
