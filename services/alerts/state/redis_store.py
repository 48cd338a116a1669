"""Redis: a copy of the ward's state that survives a restart. Whoever leads a site writes its keys.

    veilward:alerts:{<site>}:cameras   hash     camera key -> record
    veilward:alerts:{<site>}:history   list     cleared alerts, the newest first, bounded
    veilward:alerts:{<site>}:meta      hash     format, generation, kept_at, stream_sequence, token

Every write is one script that looks first whether a later term's token stands there (fencing): a replica that was
replaced while it was held up changes nothing. The generation is drawn anew with every whole write. A write that does
not find it again has met an emptied or foreign Redis and says so; the caller then writes the whole state. What the
version before kept is read (upgrade.py), and written whole in this format at the next write.
"""

import json
import ssl
import uuid
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from redis.exceptions import RedisError

from services.alerts.codec import Json, decode_alert, encode_alert, instant, read_instant
from services.alerts.errors import Deposed, StoreCorrupt, StoreUnavailable
from services.alerts.policy.alert import Alert
from services.alerts.redis_client import redis_client
from services.alerts.state.camera_record import CameraRecord, decode_record, encode_record
from services.alerts.upgrade import upgraded_alert, upgraded_record

FORMAT = "3"
BEFORE_LIFE_CYCLES = "2"
FENCED = """
local held = tonumber(redis.call('HGET', KEYS[1], 'token') or '0')
if held > tonumber(ARGV[1]) then return {'deposed', ''} end
local generation = redis.call('HGET', KEYS[1], 'generation')
for _, command in ipairs(cjson.decode(ARGV[2])) do redis.call(unpack(command)) end
redis.call('HSET', KEYS[1], 'token', ARGV[1])
return {'kept', generation or ''}
"""
"""Does commands (ARGV[2]: a JSON list of lists of text) unless a token above ARGV[1] is known."""


@dataclass(frozen=True, slots=True)
class RedisSnapshot:
    """What Redis held: records, cleared alerts (the newest first), up to which moment and message of the stream."""

    records: tuple[CameraRecord, ...]
    history: tuple[Alert, ...]
    kept_at: datetime
    stream_sequence: int


class RedisStore:
    """The keys of one site in Redis. url: redis://, rediss:// or unix://. No connection before the first call.

    token: of this replica's term (Ledger.lead).

    context: of rediss://; with none, the system's authorities are believed.
    """

    def __init__(
        self,
        url: str,
        site: str,
        *,
        context: ssl.SSLContext | None = None,
        timeout_s: float = 0.5,
        history_kept: int = 200,
    ) -> None:
        self._redis = redis_client(url, context, timeout_s)
        prefix = f"veilward:alerts:{{{site}}}"
        self._cameras, self._history, self._meta = f"{prefix}:cameras", f"{prefix}:history", f"{prefix}:meta"
        self._history_kept = history_kept
        self._generation = ""
        self.token = 0

    async def load(self) -> RedisSnapshot | None:
        """What is kept, or None when nothing is. From now on no replica with a lower token writes.

        Raises:
            StoreUnavailable: no answer. StoreCorrupt: another format, or not ours. Deposed.
        """
        await self._write([])
        pipe = self._redis.pipeline(transaction=True)
        pipe.hgetall(self._meta)
        pipe.hgetall(self._cameras)
        pipe.lrange(self._history, 0, -1)
        meta, cameras, history = await self._run(pipe.execute())
        if not meta.get("generation"):
            return None
        if meta.get("format") not in (FORMAT, BEFORE_LIFE_CYCLES):
            raise StoreCorrupt(f"format {meta.get('format')}")
        present = meta["format"] == FORMAT
        try:
            saved = RedisSnapshot(
                records=tuple(_record(text, present) for text in cameras.values()),
                history=tuple(_alert(text, present) for text in history),
                kept_at=read_instant(meta["kept_at"]),
                stream_sequence=int(meta["stream_sequence"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise StoreCorrupt(type(error).__name__) from error
        self._generation = meta["generation"] if present else ""
        return saved

    async def save(
        self, records: Iterable[CameraRecord], cleared: Sequence[Alert], kept_at: datetime, sequence: int
    ) -> bool:
        """Write some cameras and newly cleared alerts (the oldest first); False: Redis holds another generation.

        Raises:
            StoreUnavailable: nothing, or all of it, was written. Deposed: nothing was, another replica leads.
        """
        commands = [self._camera(record) for record in records]
        if cleared:
            commands.append(["LPUSH", self._history, *[_text(encode_alert(alert)) for alert in cleared]])
            commands.append(["LTRIM", self._history, "0", str(self._history_kept - 1)])
        meta = ["kept_at", instant(kept_at), "stream_sequence", str(sequence)]
        generation = await self._write([*commands, ["HSET", self._meta, *meta]])
        return bool(self._generation) and generation == self._generation

    async def save_all(
        self, records: Iterable[CameraRecord], history: Sequence[Alert], kept_at: datetime, sequence: int
    ) -> None:
        """Replace all that is kept (history: the newest first). Raises StoreUnavailable, Deposed."""
        generation = uuid.uuid4().hex
        commands = [["DEL", self._cameras, self._history, self._meta]]
        commands += [self._camera(record) for record in records]
        if history:
            commands.append(["RPUSH", self._history, *[_text(encode_alert(alert)) for alert in history]])
        meta = ["format", FORMAT, "generation", generation, "kept_at", instant(kept_at)]
        await self._write([*commands, ["HSET", self._meta, *meta, "stream_sequence", str(sequence)]])
        self._generation = generation

    async def memory(self) -> tuple[int, int]:
        """Bytes that Redis uses, and that it may use (0: as it likes). Raises StoreUnavailable."""
        info = cast("dict[str, Any]", await self._run(self._redis.info("memory")))
        return int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))

    async def work(self) -> tuple[int, int]:
        """Connections of all its clients; commands that it ran since it started. Raises StoreUnavailable."""
        clients = cast("dict[str, Any]", await self._run(self._redis.info("clients")))
        stats = cast("dict[str, Any]", await self._run(self._redis.info("stats")))
        return int(clients.get("connected_clients", 0)), int(stats.get("total_commands_processed", 0))

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    def _camera(self, record: CameraRecord) -> list[str]:
        return ["HSET", self._cameras, record.state.camera, _text(encode_record(record))]

    async def _write(self, commands: Sequence[Sequence[str]]) -> str:
        """Do commands, all or none; the generation that was there. Raises StoreUnavailable, Deposed."""
        keys = (self._meta, self._cameras, self._history)
        request = self._redis.eval(FENCED, len(keys), *keys, str(self.token), json.dumps(commands))
        result, generation = await self._run(request)
        if result == "deposed":
            raise Deposed("another replica writes to Redis")
        return str(generation)

    async def _run(self, command: Awaitable[Any]) -> list[Any]:
        try:
            return cast("list[Any]", await command)
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreUnavailable(type(error).__name__) from error


def _record(text: str, present: bool) -> CameraRecord:
    value = json.loads(text)
    return decode_record(value if present else upgraded_record(value))


def _alert(text: str, present: bool) -> Alert:
    value = json.loads(text)
    return decode_alert(value if present else upgraded_alert(value))


def _text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))
