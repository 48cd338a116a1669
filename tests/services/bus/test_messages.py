"""Messages to bytes and back: round trips, golden bytes, what is refused before it is encoded."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from services.bus import errors
from services.bus.messages import CropMessage, Envelope, Message, PainMessage, decode, encode
from tests.services.bus import samples
from tests.services.bus.drawn import messages


@settings(max_examples=150, deadline=None)
@given(messages)
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
