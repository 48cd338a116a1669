"""Messages to bytes and back: `encode(message) -> (subject, headers, body)`, `decode(subject, headers, body)`.

Pictures are binary bodies whose shape stands in headers (vw-width, vw-height; of crops also vw-format, vw-channels,
vw-forced, vw-faces-seen, vw-confidence). Pain, state, clip and consent are JSON with sorted keys. What a record of
before had not stands in a header (vw-mode of pain): readers pass over headers that they do not know, never over parts
of a body.
`decode` checks version, headers, shape and length before it looks at the body, and raises only MessageError and its
subclasses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from services.bus import subjects
from services.bus.errors import BadBody, BadHeader, BadLength, BadShape, MessageError, TooLarge, UnknownType
from services.bus.headers import (
    CE_ID,
    MSG_ID,
    TRACEPARENT,
    HeaderReader,
    check_schema,
    decode_envelope,
    encode_envelope,
)
from services.bus.models import (
    CROP_SHAPES,
    MAX_LONG_SIDE_PX,
    MIN_SIDE_PX,
    STAGES,
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
    frame_length,
)

__all__ = [
    "CROP_SHAPES",
    "STAGES",
    "STATUSES",
    "CameraRef",
    "ClipMessage",
    "ConsentMessage",
    "CropMessage",
    "Envelope",
    "FrameMessage",
    "Message",
    "MessageError",
    "PainMessage",
    "StateMessage",
    "decode",
    "encode",
    "frame_length",
]

BINARY = "application/octet-stream"
JSON = "application/json"
FORMAT = "vw-format"
WIDTH = "vw-width"
HEIGHT = "vw-height"
CHANNELS = "vw-channels"
FORCED = "vw-forced"
FACES_SEEN = "vw-faces-seen"
CONFIDENCE = "vw-confidence"
MODE = "vw-mode"
MAX_JSON_BYTES = 16_384

R = TypeVar("R", PainMessage, StateMessage, ClipMessage, ConsentMessage)


def encode(message: Message) -> tuple[str, dict[str, str], bytes]:
    """Subject, headers and body of a message; pure.

    Raises:
        TooLarge: a JSON body over MAX_JSON_BYTES, which no decoder would take.
    """
    where = message.envelope.camera
    match message:
        case FrameMessage():
            headers = encode_envelope(subjects.FRAMES, message.envelope, BINARY)
            headers |= {WIDTH: str(message.width), HEIGHT: str(message.height)}
            return subjects.frames(where.site, where.camera), headers, message.data
        case CropMessage():
            headers = encode_envelope(subjects.CROPS, message.envelope, BINARY) | _crop_headers(message)
            return subjects.crops(where.site, where.camera), headers, message.data
        case PainMessage():
            headers = encode_envelope(subjects.PAIN, message.envelope, JSON)
            headers[MSG_ID] = f"{subjects.PAIN.noun}-{headers[CE_ID]}"
            if message.mode is not None:
                headers[MODE] = message.mode
            subject = subjects.pain(where.ward, where.room, where.camera)
            return subject, headers, _json(message, subject)
        case StateMessage():
            headers = encode_envelope(subjects.STATE, message.envelope, JSON)
            headers[MSG_ID] = f"{subjects.STATE.noun}-{message.component}-{headers[CE_ID]}"
            subject = subjects.state(where.ward, where.room, where.camera, message.component)
            return subject, headers, _json(message, subject)
        case ClipMessage():
            headers = encode_envelope(subjects.CLIP, message.envelope, JSON)
            headers[MSG_ID] = f"{subjects.CLIP.noun}-{headers[CE_ID]}"
            subject = subjects.clip(where.ward, where.room, where.camera)
            return subject, headers, _json(message, subject)
        case ConsentMessage():
            headers = encode_envelope(subjects.CONSENT, message.envelope, JSON)
            subject = subjects.consent(where.ward, where.room, where.camera)
            return subject, headers, _json(message, subject)


def decode(subject: str, headers: Mapping[str, str] | None, body: bytes) -> Message:
    """The message that a peer sent.

    Raises:
        MessageError: one of its subclasses; the peer's values are never quoted.
    """
    address = subjects.parse(subject)
    if address.family in subjects.OF_THE_WARD:
        raise UnknownType(subject, "not a message of a room")
    reader = HeaderReader(subject, headers)
    check_schema(reader, address, JSON if address.family.crosses else BINARY)
    envelope = decode_envelope(reader, address, TRACEPARENT in (headers or {}))
    if address.family is subjects.FRAMES:
        return _decode_frame(reader, envelope, body)
    if address.family is subjects.CROPS:
        return _decode_crop(reader, envelope, body)
    if address.family is subjects.PAIN:
        pain = _decode_json(PainMessage, subject, envelope, body)
        return pain if MODE not in (headers or {}) else _with_mode(pain, reader)
    if address.family is subjects.CLIP:
        return _decode_json(ClipMessage, subject, envelope, body)
    if address.family is subjects.CONSENT:
        return _decode_json(ConsentMessage, subject, envelope, body)
    state = _decode_json(StateMessage, subject, envelope, body)
    if state.component != address.scope["component"]:
        raise BadBody(subject, "component")
    return state


def _crop_headers(message: CropMessage) -> dict[str, str]:
    return {
        FORMAT: message.format,
        WIDTH: str(message.width),
        HEIGHT: str(message.height),
        CHANNELS: str(message.channels),
        FORCED: "true" if message.forced else "false",
        FACES_SEEN: str(message.faces_seen),
        CONFIDENCE: repr(message.detector_confidence),
        MSG_ID: f"{subjects.CROPS.noun}-"
        f"{message.envelope.camera.camera}-{message.envelope.producer}-{message.envelope.sequence}",
    }


def _in_headers(kind: type[BaseModel]) -> frozenset[str]:
    """The fields of a JSON message that stand in headers."""
    return frozenset({"envelope", "mode"} if kind is PainMessage else {"envelope"})


def _json(message: BaseModel, subject: str) -> bytes:
    record = message.model_dump(mode="json", exclude=set(_in_headers(type(message))))
    body = json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    if len(body) > MAX_JSON_BYTES:
        raise TooLarge(subject, len(body), MAX_JSON_BYTES)
    return body


def _decode_frame(reader: HeaderReader, envelope: Envelope, body: bytes) -> FrameMessage:
    width, height = reader.number(WIDTH), reader.number(HEIGHT)
    if any(side % 2 or not MIN_SIDE_PX <= side <= MAX_LONG_SIDE_PX for side in (width, height)):
        raise BadShape(reader.subject, f"{width}x{height}")
    if len(body) != frame_length(width, height):
        raise BadLength(reader.subject, frame_length(width, height), len(body))
    return FrameMessage(envelope=envelope, width=width, height=height, data=bytes(body))


def _decode_crop(reader: HeaderReader, envelope: Envelope, body: bytes) -> CropMessage:
    shape = reader.number(WIDTH), reader.number(HEIGHT), reader.number(CHANNELS)
    named = reader.text(FORMAT)
    found = next((one for one in CROP_SHAPES if one == named), None)
    if found is None or shape != CROP_SHAPES[found]:
        raise BadShape(reader.subject, "x".join(str(side) for side in shape))
    width, height, channels = shape
    if len(body) != width * height * channels:
        raise BadLength(reader.subject, width * height * channels, len(body))
    forced, confidence = reader.flag(FORCED), reader.ratio(CONFIDENCE)
    faces_seen = reader.number(FACES_SEEN)
    if not 1 <= faces_seen <= 1000:
        raise BadHeader(reader.subject, FACES_SEEN)
    return CropMessage(
        envelope=envelope,
        format=found,
        width=width,
        height=height,
        channels=channels,
        data=bytes(body),
        forced=forced,
        faces_seen=faces_seen,
        detector_confidence=confidence,
    )


def _decode_json(kind: type[R], subject: str, envelope: Envelope, body: bytes) -> R:
    if len(body) > MAX_JSON_BYTES:
        raise BadLength(subject, MAX_JSON_BYTES, len(body))
    try:
        record = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadBody(subject, "not JSON") from None
    if not isinstance(record, dict) or record.keys() & _in_headers(kind):
        raise BadBody(subject, "not the declared record")
    try:
        whole = {**record, "envelope": envelope.model_dump(mode="json")}
        return kind.model_validate_json(json.dumps(whole))
    except (ValidationError, ValueError) as error:
        raise BadBody(subject, _fields(error)) from None


def _with_mode(pain: PainMessage, reader: HeaderReader) -> PainMessage:
    """The same, with its mode. Raises BadHeader."""
    try:
        return PainMessage.model_validate(pain.model_dump() | {"mode": reader.text(MODE)})
    except ValidationError:
        raise BadHeader(reader.subject, MODE) from None


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _fields(error: Exception) -> str:
    """The names of the declared fields at fault; undeclared names come from the peer and are not repeated."""
    if not isinstance(error, ValidationError):
        return "not the declared record"
    declared = {*PainMessage.model_fields, *StateMessage.model_fields, *ConsentMessage.model_fields}
    names = {str(problem["loc"][0]) if problem["loc"] else "record" for problem in error.errors(include_input=False)}
    return ", ".join(sorted(name if name in declared else "undeclared field" for name in names))
