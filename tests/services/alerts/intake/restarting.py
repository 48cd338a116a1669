"""A ward's process ends and another begins, on the same site, audit log and Redis."""

from datetime import timedelta
from pathlib import Path

from services.alerts.audit.audit_file import AuditFile
from services.alerts.intake.recovery import StreamReplay, live_floor, replay_from, restore
from tests.services.alerts.bench import NOWHERE, Bench
from tests.services.alerts.stream import stream

HOUR = timedelta(hours=1)


async def restored(old: Bench, directory: Path, redis_url: str = NOWHERE, *, told: bool = True) -> Bench:
    """A new process on the old one's site, audit log and Redis, before the replay that it asks for."""
    new = Bench(directory, redis_url, old.site)
    new.now = old.now
    if not told:
        new.audit.copy.path.unlink()
        new.audit = new.journal.ledger = type(new.audit)(AuditFile(directory / "other.jsonl"), lambda: new.stream)
        new.audit.open()
    saved = await restore(new.ward_state, new.store, new.audit.index, new.now)
    since = replay_from(saved, new.now, HOUR)
    new.writer.floor = live_floor(saved, new.now, HOUR)
    new.sent = [one for one in old.sent if one.envelope.published_at >= since]
    return new


async def restarted(old: Bench, directory: Path, redis_url: str = NOWHERE, *, told: bool = True) -> Bench:
    """The same after it."""
    new = await restored(old, directory, redis_url, told=told)
    await StreamReplay(new.writer).run(stream(new.sent))
    return new


async def eventful(bench: Bench) -> str:
    """One alert over, one accepted, one open, a technical state. Returns the accepted alert's id."""
    await bench.raised("room-3", 2)
    await bench.pain(10, 0, "room-3")
    await bench.pain(23, 0, "room-3")
    accepted = await bench.raised("room-1", 2, 30)
    bench.at(40)
    await bench.accept(accepted, "Ada")
    await bench.raised("room-4", 2, 45)
    await bench.state(52, "keyframe", "dark", "room-5")
    await bench.tick(60)
    return accepted
