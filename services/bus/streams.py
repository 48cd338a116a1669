"""The streams of the bus: what they hold, for how long, and which identity owns them.

CROPS  leaf, account ROOM, owner snni_client: memory only, a work queue; one crop per camera, the newest wins, seconds.
OUT    leaf, account BRIDGE, owner bridge: file; pain, state and clips wait here while the hub is away.
WARD   hub, account WARD, owner alerts: file; sources every leaf's OUT; the ward's truth, at least 7 days.
LEDGER hub, account WARD, owner alerts: file; every change of every alert, in the order of the audit log, for ever.
LEASE  hub, account WARD, owner alerts: file; which replica of alerts leads, the newest word only.
HEADS  hub, account WARD, owner alerts: file; signed heads of the audit log, until 512 MiB are full.
OUT, WARD, LEDGER and HEADS refuse to have messages deleted or purged, whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nats.js.api import (
    DiscardPolicy,
    ExternalStream,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamSource,
)

from services.bus.identities import deliver_prefix, domain_api
from services.bus.subjects import (
    ALERT,
    CLIP_ALL,
    CROPS_ALL,
    HEAD,
    LEASE,
    PAIN_ALL,
    STATE_ALL,
    STREAM_CROPS,
    STREAM_HEADS,
    STREAM_LEASE,
    STREAM_LEDGER,
    STREAM_OUT,
    STREAM_WARD,
)

DAY_S = 86_400.0
MIB = 1_048_576
CROP_MAX_AGE_S = 10.0
CROP_MAX_BYTES = 160 * 1024
"""One 224x224 RGB crop is 150,528 bytes, headers come on top."""
EVENT_MAX_BYTES = 20 * 1024
"""A pain or state message with headers; no 224x224 crop and no frame fits."""
DUPLICATE_WINDOW_S = 600.0
WARD_MAX_AGE_S = 8 * DAY_S

OWNERS = {"snni_client": STREAM_CROPS, "bridge": STREAM_OUT, "alerts": STREAM_WARD}
"""service -> the stream that it creates and keeps as declared here."""


def crops_stream(max_age_s: float = CROP_MAX_AGE_S) -> StreamConfig:
    """CROPS; a crop older than max_age_s (seconds) is gone."""
    return StreamConfig(
        name=STREAM_CROPS,
        subjects=[CROPS_ALL],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.MEMORY,
        discard=DiscardPolicy.OLD,
        max_msgs_per_subject=1,
        max_age=max_age_s,
        max_bytes=48 * MIB,
        max_msg_size=CROP_MAX_BYTES,
        duplicate_window=max_age_s,
    )


def out_stream() -> StreamConfig:
    """OUT: up to 7 days without the hub."""
    return StreamConfig(
        name=STREAM_OUT,
        subjects=[PAIN_ALL, STATE_ALL, CLIP_ALL],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=7 * DAY_S,
        max_bytes=512 * MIB,
        max_msg_size=EVENT_MAX_BYTES,
        duplicate_window=DUPLICATE_WINDOW_S,
        deny_delete=True,
        deny_purge=True,
    )


def ward_stream(domains: Sequence[str], since: datetime | None = None) -> StreamConfig:
    """WARD, sourcing OUT of the leaf of each room device (by its JetStream domain).

    since: where a WARD that is made now begins in each OUT, by its device's clock; None: with all that is there. One
    that is there already goes on where it is.
    """
    sources = [
        StreamSource(
            name=STREAM_OUT,
            opt_start_time=since,
            external=ExternalStream(api=domain_api(domain), deliver=deliver_prefix(domain)),
        )
        for domain in domains
    ]
    return StreamConfig(
        name=STREAM_WARD,
        sources=sources,
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=WARD_MAX_AGE_S,
        max_bytes=12 * 1024 * MIB,
        max_msg_size=EVENT_MAX_BYTES,
        duplicate_window=DUPLICATE_WINDOW_S,
        deny_delete=True,
        deny_purge=True,
    )


def ledger_stream() -> StreamConfig:
    """LEDGER: message n is line n of the audit log, so none is ever left out; full, it takes no more."""
    return StreamConfig(
        name=STREAM_LEDGER,
        subjects=[ALERT.all],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=2 * 1024 * MIB,
        max_msg_size=EVENT_MAX_BYTES,
        duplicate_window=DUPLICATE_WINDOW_S,
        deny_delete=True,
        deny_purge=True,
    )


def lease_stream() -> StreamConfig:
    """LEASE: the newest word of each site."""
    return StreamConfig(
        name=STREAM_LEASE,
        subjects=[LEASE.all],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_msgs_per_subject=1,
        max_bytes=MIB,
        max_msg_size=EVENT_MAX_BYTES,
    )


def heads_stream() -> StreamConfig:
    """HEADS: years of heads; each tells of all lines before it, so that the oldest may go."""
    return StreamConfig(
        name=STREAM_HEADS,
        subjects=[HEAD.all],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_bytes=512 * MIB,
        max_msg_size=EVENT_MAX_BYTES,
        duplicate_window=DUPLICATE_WINDOW_S,
        deny_delete=True,
        deny_purge=True,
    )


def stream_of(service: str, domains: Sequence[str], crop_max_age_s: float) -> StreamConfig | None:
    """The stream that `service` owns, or None."""
    match OWNERS.get(service):
        case "CROPS":
            return crops_stream(crop_max_age_s)
        case "OUT":
            return out_stream()
        case "WARD":
            return ward_stream(domains)
    return None
