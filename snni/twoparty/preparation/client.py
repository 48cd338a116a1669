"""The client's work ahead of time: keys, its ends of both directions' transfers, and batches of inferences made so.

All that it draws it draws here, and all that it sends here follows from its draws and from what the server sends.
"""

from __future__ import annotations

from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.linear.portions import geometry, layout
from snni.twoparty.offline import offline_client
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.suite import TwoPartySuite
from snni.wire.channel import Channel
from snni.wire.profile import Profile


class ClientPreparation:
    """keys: of every upload. ``setup`` once, then ``begin`` for a batch and ``finish`` for each of its inferences."""

    def __init__(
        self, channel: Channel, plan: Plan, suite: TwoPartySuite, keys: ClientKeys, profile: Profile, *, scores: bool
    ) -> None:
        self.receiver = OtReceiver(channel, Direction.S_SENDS, suite.transfers)
        self.sender = OtSender(channel, Direction.C_SENDS, suite.transfers)
        self._channel = channel
        self._plan = plan
        self._suite = suite
        self._scores = scores
        self._keys = keys
        self._profile = profile
        self._layers: dict[tuple[str, int], ClientLinear] = {}

    @property
    def claimed(self) -> int:
        """Transfers taken so far, of the direction that has given more."""
        return max(self.receiver.claimed, self.sender.claimed)

    def setup(self) -> None:
        """Base transfers of both directions."""
        self.receiver.setup()
        self.sender.setup()

    def begin(self, count: int) -> list[ClientInference]:
        """Inferences with their shares of every convolution."""
        inferences = [ClientInference(self._plan, self._suite, scores=self._scores) for _ in range(count)]
        offline_client(self._channel, self._plan, self.layer, inferences, self._profile)
        return inferences

    def finish(self, inference: ClientInference) -> None:
        """The rest of an inference's correlations."""
        with self._profile.step("ot", self._channel):
            inference.prepare(self._channel, self.receiver, self.sender)

    def layer(self, step: Conv, size: int) -> ClientLinear:
        """A convolution's, for so many inferences."""
        if (step.name, size) not in self._layers:
            self._layers[step.name, size] = ClientLinear(layout(geometry(step, self._plan), size), self._keys)
        return self._layers[step.name, size]
