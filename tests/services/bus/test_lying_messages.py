"""Everything that a lying peer could send in place of a message: refused by name, and nothing of it quoted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bus import errors
from services.bus.errors import MessageError
from services.bus.messages import CropMessage, decode, encode
from tests.services.bus import samples

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


@pytest.mark.parametrize(("kind", "name"), [("pain", "keyframe_at"), ("state", "since"), ("clip", "began_at")])
@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_that_utc_has_not(kind: str, name: str, text: str) -> None:
    """It ends in the error of every lying message, and not in one of the calendar's."""
    subject, headers, body = encode(samples.ALL[kind]())
    with pytest.raises(errors.BadBody):
        decode(subject, headers, json.dumps(json.loads(body) | {name: text}).encode())


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
