"""Messages to bytes and back: round trips, golden bytes, and everything that a lying peer could send."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.bus import errors
from services.bus.errors import MessageError
from services.bus.messages import (
    STATUSES,
    CameraRef,
    ClipMessage,
    ConsentMessage,
    CropMessage,
    Envelope,
    FrameMessage,
    Message,
    PainMessage,
    StateMessage,
    decode,
    encode,
)
from services.bus.subjects import COMPONENTS
from tests.services.bus import samples

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


@settings(max_examples=150, deadline=None)
@given(st.one_of(frames(), crops, pains, clips, states(), consents))
def test_what_is_encoded_decodes_to_the_same(message: Message) -> None:
    assert decode(*encode(message)) == message


@pytest.mark.parametrize("kind", samples.ALL)
def test_round_trip_of_the_samples(kind: str) -> None:
    message = samples.ALL[kind]()
    assert decode(*encode(message)) == message


def test_golden_frame_v1() -> None:
    subject, headers, body = encode(samples.frame())
    assert subject == "frames.v1.haus.cam-7a"
    assert headers == {
        "ce-specversion": "1.0",
        "ce-type": "veilward.frames.v1",
        "ce-id": "cam-7a-0123456789abcdef0123456789abcdef-7",
        "ce-source": "/haus/ward-1/room-7/cam-7a",
        "ce-time": "2026-03-04T05:06:07.890123Z",
        "ce-datacontenttype": "application/octet-stream",
        "vw-schema": "1",
        "vw-published-at": "2026-03-04T05:06:07.930123Z",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "vw-width": "64",
        "vw-height": "48",
    }
    assert hashlib.sha256(body).hexdigest() == "02115bd41b12102200e79369492ad42583081e42cc10a7e13baa7a657f42ed4b"


def test_golden_crop_v1() -> None:
    subject, headers, body = encode(samples.crop())
    assert subject == "crops.v1.haus.cam-7a"
    assert headers["ce-type"] == "veilward.crops.v1"
    assert headers["Nats-Msg-Id"] == "crops-cam-7a-0123456789abcdef0123456789abcdef-7"
    assert {name: text for name, text in headers.items() if name.startswith("vw-")} == {
        "vw-schema": "1",
        "vw-published-at": "2026-03-04T05:06:07.930123Z",
        "vw-format": "48x48x1",
        "vw-width": "48",
        "vw-height": "48",
        "vw-channels": "1",
        "vw-forced": "false",
        "vw-faces-seen": "1",
        "vw-confidence": "0.998",
    }
    assert hashlib.sha256(body).hexdigest() == "c7d46d6fc4caac1034129b9d24a07b19fa9ca0d9d8de139b71eb831e8aeb5b49"


def test_golden_pain_v1() -> None:
    subject, headers, body = encode(samples.pain())
    assert subject == "pain.v1.ward-1.room-7.cam-7a"
    assert headers["ce-datacontenttype"] == "application/json"
    assert headers["Nats-Msg-Id"] == "pain-cam-7a-0123456789abcdef0123456789abcdef-7"
    assert body == (
        b'{"bytes_offline":90000000,"bytes_online":4000000,"inference":12,"keyframe_at":"2026-03-04T05:06:07.890123Z",'
        b'"level":2,"model":"squeezenet-224","plan_hash":"sha256:5f70bf18a086007016e948b04aed3b82","snni_offline_s":3.5,'
        b'"snni_online_s":0.75,"stages":{"claimed":0.06,"ingest":0.01,"keyframe":0.05,"scored":0.9}}'
    )


def test_a_mode_is_a_header_of_its_own_and_readers_and_rooms_of_before_go_on() -> None:
    """Readers of before take the body as it was, and pass over headers that they do not know."""
    subject, headers, body = encode(samples.pain())
    told = samples.pain().model_copy(update={"mode": "three-servers/passive"})
    assert encode(told) == (subject, headers | {"vw-mode": "three-servers/passive"}, body)
    of_before = decode(subject, headers, body)
    assert isinstance(of_before, PainMessage) and of_before.mode is None
    assert decode(subject, headers | {"vw-of-a-later-version": "x"}, body) == of_before


@pytest.mark.parametrize("mode", ["", "three-servers", "three-servers/brave", "Three/passive", "a b/active", "x" * 257])
def test_a_mode_that_is_none_is_refused(mode: str) -> None:
    subject, headers, body = encode(samples.pain())
    with pytest.raises(errors.BadHeader) as caught:
        decode(subject, headers | {"vw-mode": mode}, body)
    assert caught.value.what == "vw-mode"


def test_a_mode_in_the_body_is_none() -> None:
    subject, headers, body = encode(samples.pain())
    with pytest.raises(errors.BadBody):
        decode(subject, headers, body[:-1] + b',"mode":"three-servers/passive"}')


def test_golden_clip_v1() -> None:
    subject, headers, body = encode(samples.clip())
    assert subject == "clip.v1.ward-1.room-7.cam-7a"
    assert headers["Nats-Msg-Id"] == "clip-cam-7a-0123456789abcdef0123456789abcdef-7"
    assert body == (
        b'{"began_at":"2026-03-04T05:06:07.890123Z","bytes_online":4000000,"crops":3,"frames":10,"level":2,'
        b'"mode":"four-servers/active","model":"convnet-48","online_s":0.75,'
        b'"plan_hash":"sha256:5f70bf18a086007016e948b04aed3b82","selected":5}'
    )


def test_golden_state_v1() -> None:
    subject, headers, body = encode(samples.state())
    assert subject == "state.v1.ward-1.room-7.cam-7a.keyframe"
    assert headers["Nats-Msg-Id"] == "state-keyframe-cam-7a-0123456789abcdef0123456789abcdef-7"
    assert body == (
        b'{"component":"keyframe","detail":{"frames":12,"mean_luma":3.5,"reason":"covered or night"},'
        b'"since":"2026-03-04T05:06:07.890123Z","status":"dark"}'
    )


def test_pain_and_state_of_one_producer_do_not_share_an_id() -> None:
    ids = {encode(one)[1]["Nats-Msg-Id"] for one in (samples.pain(), samples.state(), samples.state("live", "ingest"))}
    assert len(ids) == 3


REQUIRED = (
    "ce-id",
    "ce-source",
    "ce-type",
    "ce-specversion",
    "ce-time",
    "ce-datacontenttype",
    "vw-schema",
    "vw-published-at",
)


@pytest.mark.parametrize("kind", samples.ALL)
@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_header(kind: str, name: str) -> None:
    subject, headers, body = encode(samples.ALL[kind]())
    del headers[name]
    with pytest.raises(errors.MissingHeader) as caught:
        decode(subject, headers, body)
    assert caught.value.what == name


@pytest.mark.parametrize(
    "name", ["vw-format", "vw-width", "vw-height", "vw-channels", "vw-forced", "vw-faces-seen", "vw-confidence"]
)
def test_a_missing_shape(name: str) -> None:
    subject, headers, body = encode(samples.crop())
    del headers[name]
    with pytest.raises(errors.MissingHeader):
        decode(subject, headers, body)


def test_no_headers_at_all() -> None:
    with pytest.raises(errors.MissingHeader):
        decode("pain.v1.w.r.c", None, b"{}")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("vw-schema", "2", errors.UnknownVersion),
        ("ce-type", "veilward.frames.v2", errors.UnknownType),
        ("ce-type", "veilward.pain.v1", errors.UnknownType),
        ("ce-specversion", "0.3", errors.BadHeader),
        ("ce-datacontenttype", "application/json", errors.BadHeader),
        ("ce-id", "cam-7a-0123456789abcdef0123456789abcdef-07", errors.BadHeader),
        ("ce-id", "cam-7b-0123456789abcdef0123456789abcdef-7", errors.BadHeader),
        ("ce-id", "cam-7a-XYZ-7", errors.BadHeader),
        ("ce-id", "7", errors.BadHeader),
        ("ce-source", "/haus/ward-1/room-7/cam-7b", errors.BadHeader),
        ("ce-source", "/other/ward-1/room-7/cam-7a", errors.BadHeader),
        ("ce-source", "/haus/ward 1/room-7/cam-7a", errors.BadHeader),
        ("ce-source", "haus", errors.BadHeader),
        ("ce-time", "2026-03-04 05:06:07", errors.BadHeader),
        ("ce-time", "2026-13-04T05:06:07.890123Z", errors.BadHeader),
        ("vw-published-at", "now", errors.BadHeader),
        ("traceparent", "00-zz", errors.BadHeader),
        ("traceparent", "x" * 300, errors.BadHeader),
        ("vw-width", "-64", errors.BadHeader),
        ("vw-width", "6_4", errors.BadHeader),
        ("vw-width", "9" * 30, errors.BadHeader),
        ("vw-width", "63", errors.BadShape),
        ("vw-width", "642", errors.BadShape),
        ("vw-width", "0", errors.BadShape),
        ("vw-width", "66", errors.BadLength),
        ("vw-height", "1000000000000000000", errors.BadShape),
    ],
)
def test_a_lying_header_of_a_frame(name: str, text: str, kind: type[MessageError]) -> None:
    subject, headers, body = encode(samples.frame())
    with pytest.raises(kind) as caught:
        decode(subject, headers | {name: text}, body)
    if kind is errors.BadHeader:
        assert caught.value.what == name


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("vw-channels", "3", errors.BadShape),
        ("vw-width", "224", errors.BadShape),
        ("vw-format", "224x224x3", errors.BadShape),
        ("vw-format", "224x224x3-close", errors.BadShape),
        ("vw-format", "48x48", errors.BadShape),
        ("vw-forced", "True", errors.BadHeader),
        ("vw-confidence", "1.5", errors.BadHeader),
        ("vw-confidence", "nan", errors.BadHeader),
        ("vw-confidence", "high", errors.BadHeader),
        ("vw-faces-seen", "0", errors.BadHeader),
        ("vw-faces-seen", "1001", errors.BadHeader),
    ],
)
def test_a_lying_header_of_a_crop(name: str, text: str, kind: type[MessageError]) -> None:
    subject, headers, body = encode(samples.crop())
    with pytest.raises(kind):
        decode(subject, headers | {name: text}, body)


def test_a_crop_says_how_it_was_cut() -> None:
    subject, headers, body = encode(samples.big_crop())
    found = decode(subject, headers | {"vw-format": "224x224x3-close"}, body)
    assert isinstance(found, CropMessage) and found.format == "224x224x3-close"
    with pytest.raises(ValueError, match="not the shape of the crop's format"):
        CropMessage(**{**dict(found), "format": "48x48x1"})


@pytest.mark.parametrize("kind", ["frame", "crop", "big_crop"])
@pytest.mark.parametrize("change", [lambda body: body[:-1], lambda body: body + b"\0", lambda body: b""])
def test_a_picture_of_another_length(kind: str, change: object) -> None:
    subject, headers, body = encode(samples.ALL[kind]())
    with pytest.raises(errors.BadLength) as caught:
        decode(subject, headers, change(body))  # type: ignore[operator]
    assert caught.value.expected == len(body)


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("frames.v2.haus.cam-7a", errors.UnknownVersion),
        ("frames.v1.haus", errors.UnknownType),
        ("frames.v1.haus.cam-7a.more", errors.UnknownType),
        ("frames.v1.haus.CAM", errors.UnknownType),
        ("faces.v1.haus.cam-7a", errors.UnknownType),
        ("", errors.UnknownType),
        ("state.v1.ward-1.room-7.cam-7a.alerts", errors.UnknownType),
    ],
)
def test_a_subject_outside_the_registry(subject: str, kind: type[MessageError]) -> None:
    _, headers, body = encode(samples.frame())
    with pytest.raises(kind):
        decode(subject, headers, body)


SECRET = "marker-that-must-not-be-quoted"


@pytest.mark.parametrize(
    "change",
    [
        {"level": 4},
        {"level": -1},
        {"level": "2"},
        {"level": 2.5},
        {"level": True},
        {"stages": {SECRET: 1.0}},
        {"stages": {"ingest": -1.0}},
        {"snni_online_s": -0.1},
        {"snni_online_s": "1"},
        {"inference": 2**63},
        {"keyframe_at": "2026-03-04T05:06:07"},
        {"model": ""},
        {"model": "x" * 129},
        {SECRET: 1},
        {"envelope": {}},
    ],
)
def test_a_pain_record_that_is_not_one(change: dict[str, object]) -> None:
    subject, headers, body = encode(samples.pain())
    record = json.loads(body) | change
    with pytest.raises(errors.BadBody) as caught:
        decode(subject, headers, json.dumps(record).encode())
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 9000, b'{"level": NaN}', b'{"level": ' + b"9" * 5000 + b"}"]
)
def test_a_body_that_is_no_record(body: bytes) -> None:
    subject, headers, _ = encode(samples.pain())
    with pytest.raises(errors.BadBody):
        decode(subject, headers, body)


def test_a_body_over_the_limit_is_not_parsed() -> None:
    subject, headers, body = encode(samples.pain())
    with pytest.raises(errors.BadLength):
        decode(subject, headers, body[:-1] + b" " * 16_384 + b"}")


def test_the_component_of_the_body_is_the_subjects() -> None:
    _, headers, body = encode(samples.state("dark", "keyframe"))
    with pytest.raises(errors.BadBody):
        decode("state.v1.ward-1.room-7.cam-7a.ingest", headers, body)


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(sorted(samples.ALL)),
    name=st.sampled_from([*REQUIRED, "traceparent", "vw-width", "vw-forced", "vw-confidence"]),
    text=st.text(max_size=80),
    body=st.binary(max_size=200),
)
def test_garbage_raises_only_message_errors(kind: str, name: str, text: str, body: bytes) -> None:
    subject, headers, good = encode(samples.ALL[kind]())
    for candidate in (good, body):
        try:
            decode(subject, headers | {name: text}, candidate)
        except MessageError as error:
            assert error.label != "message"


def test_a_state_too_large_for_any_decoder_is_not_encoded() -> None:
    detail = {f"k{index}": "\u2603" * 256 for index in range(32)}
    message = samples.state().model_copy(update={"detail": detail})
    with pytest.raises(errors.TooLarge):
        encode(message)


def test_a_picture_never_shows() -> None:
    message = samples.crop(marker=b"PIXELS")
    assert "PIXELS" not in repr(message)
    assert "PIXELS" not in str(message)
    with pytest.raises(ValidationError) as caught:
        CropMessage(**{**dict(message), "data": b"PIXELS"})
    assert "PIXELS" not in str(caught.value)


def test_naive_times_and_wrong_statuses_are_refused() -> None:
    with pytest.raises(ValidationError):
        samples.state("live", "keyframe")
    with pytest.raises(ValidationError):
        Envelope(**{**dict(samples.envelope()), "captured_at": datetime(2026, 1, 1)})
