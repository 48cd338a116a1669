"""Any message, for properties that hold of all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from services.bus.messages import (
    STATUSES,
    CameraRef,
    ClipMessage,
    ConsentMessage,
    CropMessage,
    Envelope,
    FrameMessage,
    PainMessage,
    StateMessage,
)
from services.bus.subjects import COMPONENTS

tokens = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)
moments = st.datetimes(
    min_value=datetime(2001, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]),
)
counts = st.integers(0, 2**63 - 1)
seconds = st.floats(0, 1e9, allow_nan=False)
hexes = st.text("0123456789abcdef", min_size=32, max_size=32)
envelopes = st.builds(
    Envelope,
    camera=st.builds(CameraRef, site=tokens, ward=tokens, room=tokens, camera=tokens),
    sequence=counts,
    producer=hexes,
    captured_at=moments,
    published_at=moments,
    traceparent=st.one_of(st.none(), hexes.map(lambda text: f"00-{text}-{text[:16]}-01")),
)
sides = st.integers(8, 24).map(lambda half: half * 2)


@st.composite
def frames(draw: st.DrawFn) -> FrameMessage:
    """Frames of random shape and content."""
    width, height = draw(sides), draw(sides)
    length = width * height * 3 // 2
    return FrameMessage(
        envelope=draw(envelopes), width=width, height=height, data=draw(st.binary(min_size=length, max_size=length))
    )


crops = st.builds(
    CropMessage,
    envelope=envelopes,
    format=st.just("48x48x1"),
    width=st.just(48),
    height=st.just(48),
    channels=st.just(1),
    data=st.binary(min_size=2304, max_size=2304),
    forced=st.booleans(),
    faces_seen=st.integers(1, 1000),
    detector_confidence=st.floats(0, 1),
)
pains = st.builds(
    PainMessage,
    envelope=envelopes,
    level=st.integers(0, 3),
    model=st.text("abc -_.~", min_size=1, max_size=128),
    plan_hash=hexes,
    keyframe_at=moments,
    snni_online_s=seconds,
    snni_offline_s=seconds,
    bytes_online=counts,
    bytes_offline=counts,
    inference=counts,
    stages=st.dictionaries(st.sampled_from(["ingest", "keyframe", "claimed", "scored"]), seconds),
    mode=st.one_of(st.none(), st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}/(passive|active)", fullmatch=True)),
)
clips = st.builds(
    ClipMessage,
    envelope=envelopes,
    level=st.integers(0, 3),
    began_at=moments,
    crops=st.integers(1, 1024),
    frames=st.integers(1, 1024),
    selected=st.integers(1, 1024),
    model=st.text("abc -_.~", min_size=1, max_size=128),
    plan_hash=hexes,
    mode=st.sampled_from(["three-servers/passive", "four-servers/active"]),
    online_s=seconds,
    bytes_online=counts,
)
details = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True),
    st.one_of(
        st.text(max_size=64), st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
    ),
    max_size=8,
)


@st.composite
def states(draw: st.DrawFn) -> StateMessage:
    """States whose status belongs to their component."""
    component = draw(st.sampled_from(COMPONENTS))
    status = draw(st.sampled_from(sorted(STATUSES[component])))
    return StateMessage(
        envelope=draw(envelopes), component=component, status=status, since=draw(moments), detail=draw(details)
    )


consents = st.builds(
    ConsentMessage,
    envelope=envelopes,
    statement=st.text('abc{}":\u00e4\u4e2d', min_size=2, max_size=256),
    signature=st.text("0123456789abcdef", min_size=128, max_size=128),
)
messages = st.one_of(frames(), crops, pains, clips, states(), consents)
