"""A unit at the client, from its tape alone: fresh keys, fresh transfers of both directions, a batch of inferences.

Everything is the unit's own, so that whoever is shown its tape learns nothing of any other.
"""

from __future__ import annotations

from snni.errors import AuditError, SnniError
from snni.model.plan import Plan
from snni.ring.random import Tape, drawn_from
from snni.twoparty.audit.transcript import Replay, Transcript
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.linear.client import ClientKeys
from snni.twoparty.preparation.client import ClientPreparation
from snni.twoparty.suite import TwoPartySuite
from snni.wire.channel import Channel
from snni.wire.profile import Profile

UNIT_KEY = 0x0F  # frame tag, C -> S on bulk: the public key of a unit's uploads
MAX_KEY_BYTES = 1 << 20


class ClientUnit:
    """``begin`` once, then ``finish`` for each of its inferences. tape: of all its draws."""

    def __init__(
        self, channel: Channel, plan: Plan, suite: TwoPartySuite, tape: Tape, profile: Profile, *, scores: bool
    ) -> None:
        self._channel = channel
        self._tape = tape
        self._profile = profile
        with drawn_from(tape):
            self._keys = ClientKeys.generate()
            self._work = ClientPreparation(channel, plan, suite, self._keys, profile, scores=scores)

    @property
    def claimed(self) -> int:
        """Transfers taken so far, of the direction that has given more."""
        return self._work.claimed

    def begin(self, count: int) -> list[ClientInference]:
        """Key, base transfers, and the linear phase of so many inferences."""
        with drawn_from(self._tape):
            with self._profile.step("unit", self._channel):
                self._channel.send(UNIT_KEY, self._keys.public_key())
                self._work.setup()
            return self._work.begin(count)

    def finish(self, inference: ClientInference) -> None:
        """The rest of an inference's correlations."""
        with drawn_from(self._tape):
            self._work.finish(inference)


def replayed(transcript: Transcript, tape: Tape, plan: Plan, suite: TwoPartySuite, count: int, *, scores: bool) -> None:
    """That the client sent what its tape gives, message by message. Raises AuditError: it did not."""
    replay = Replay(transcript)
    try:
        unit = ClientUnit(replay, plan, suite, tape, Profile(), scores=scores)
        for inference in unit.begin(count):
            unit.finish(inference)
    except AuditError:
        raise
    except SnniError as error:  # what the server sent followed from what the client sent
        raise AuditError(f"the client's seed leads to no end: {type(error).__name__}") from error
    replay.end()
