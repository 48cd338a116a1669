"""The launched Redis: no port, and a socket of its owner's."""

from __future__ import annotations

import redis

from localsite.redis_server import RedisServer


def test_redis_answers_on_a_private_socket(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    assert client.set("tests:localsite", "1")
    assert client.get("tests:localsite") == b"1"
    assert client.config_get("port") == {"port": "0"}
    assert redis_server.socket.stat().st_mode & 0o077 == 0
    client.close()
