"""What is said besides the protocols' own frames: who opens a stream, what they agree on, what is ordered and run.

Every stream opens with HELLO. Who asks opens ``ask`` at all servers, ``work`` at the evaluators and ``verdict`` at
the dealer of active ones; what servers open to each other is in streams.py. A session is named by 32 random bytes of
who asks; servers name the certificate that asked, so that one session is one client's at all of them."""

from __future__ import annotations

import hashlib
import json
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from snni.errors import WireError
from snni.model.plan import Plan
from snni.multiparty.carry import INDEX_BITS
from snni.multiparty.keys import KEY_BYTES
from snni.multiparty.roles import Setting
from snni.multiparty.select import MAX_FRAMES
from snni.wire.channel import Channel

VERSION = 5
# Frame tags 0x02-0x0f; framing has 0x01, openings, dealt shares and checks 0x60-0x6f.
HELLO, WELCOME, READY = 0x02, 0x03, 0x04
KEY = 0x05  # dealer -> evaluator: their pair key; -> witness: all it deals by; first -> second, witness: their own
ORDER, MADE = 0x06, 0x07  # who asks <-> all: a batch to prepare; how far it is, what is told of its results' masks
RUN, LEVELS = 0x08, 0x09  # who asks <-> evaluators, on ask: RUN is followed by PIXELS
PIXELS = 0x0A
VERDICT = 0x0C  # dealer of active servers -> who asks, on verdict: the run of that number was checked
ALIVE = 0x0B  # server -> who asks, on ask: the answer to an order or a run of nothing

MAX_MESSAGE_BYTES = 4096
MAX_WELCOME_BYTES = 8 << 20
MAX_IMAGES = 64
Stream = Literal["ask", "work", "verdict", "deal", "open", "check", "witness", "prove"]
Hex32 = Field(pattern=r"^[0-9a-f]{64}$")


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Message = TypeVar("Message", bound=_Message)


class Hello(_Message):
    """asker: SHA-256 of the certificate that asks, where a server opens the stream; empty where it opens its own."""

    version: int
    stream: Stream
    session: str = Hex32
    asker: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class Welcome(_Message):
    """plan: canonical JSON. setting: of how many servers this is one. agreed: digest over what all must hold equal.
    frames, selected: of a video that these shares classify; 0 where they have no selection. max_age_s: when this
    server ends the session."""

    plan: str
    setting: Setting
    agreed: str = Hex32
    frames: int = Field(default=0, ge=0, le=MAX_FRAMES)
    selected: int = Field(default=0, ge=0, le=MAX_IMAGES)
    max_images: int = Field(ge=1, le=MAX_IMAGES)
    max_prepared: int = Field(ge=1, le=64)
    max_age_s: float = Field(ge=0, le=1e9)


class Order(_Message):
    """Prepare run ``number``: of so many images, or of a video where 0; -1: nothing, who asks is still there.

    seeds: of its pictures' masks; both for the dealer, an evaluator's own one.
    """

    number: int = Field(ge=-1, lt=1 << 62)
    images: int = Field(default=0, ge=0, le=MAX_IMAGES)
    seeds: tuple[str, ...] = Field(default=(), max_length=2, repr=False)


class Run(_Message):
    """Evaluate batch ``number`` on the masked pixels that follow; -1: nothing, who asks is still there. From evaluators
    to the dealer: claims of that run follow; from the dealer: it was checked."""

    number: int = Field(ge=-1, lt=1 << 62)


def agreed_digest(plan: Plan, setting: Setting) -> str:
    """SHA-256 over version, setting, plan and every parameter of the protocols."""
    parameters = [VERSION, setting.value, plan.plan_hash, {"index_bits": INDEX_BITS, "key_bytes": KEY_BYTES}]
    return hashlib.sha256(json.dumps(parameters, separators=(",", ":")).encode("ascii")).hexdigest()


def send(channel: Channel, tag: int, message: _Message) -> None:
    channel.send(tag, message.model_dump_json().encode())


def receive(channel: Channel, tag: int, kind: type[Message], limit: int = MAX_MESSAGE_BYTES) -> Message:
    """Raises WireError: not a valid message; the peer's own words are not repeated."""
    return parse(bytes(channel.recv(tag, limit)), kind)


def parse(body: bytes, kind: type[Message]) -> Message:
    """Raises WireError naming the field."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        where = str((*error.errors(include_input=False)[0]["loc"], "body")[0])
        raise WireError(f"{kind.__name__}: bad {where if where in kind.model_fields else 'body'}") from None


def seed_of(text: str) -> bytes:
    """The 16 bytes that a seed's hexadecimal stands for. Raises WireError: it does not."""
    try:
        seed = bytes.fromhex(text)
    except ValueError:
        raise WireError("Order: bad seeds") from None
    if len(seed) != KEY_BYTES:
        raise WireError("Order: bad seeds")
    return seed


def keys_of(channel: Channel, count: int = 1) -> list[bytes]:
    """So many keys out of one KEY frame. Raises WireError: it is none of as many."""
    drawn = bytes(channel.recv(KEY, count * KEY_BYTES))
    if len(drawn) != count * KEY_BYTES:
        raise WireError(f"KEY: {len(drawn)} bytes, not {count} of {KEY_BYTES}")
    return [drawn[at : at + KEY_BYTES] for at in range(0, len(drawn), KEY_BYTES)]
