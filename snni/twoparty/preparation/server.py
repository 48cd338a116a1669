"""The server's part of work ahead of time, for one client: its ends of the transfers, and batches of inferences."""

from __future__ import annotations

from snni.model.steps import Conv
from snni.twoparty.inference.server import ServerInference
from snni.twoparty.linear.portions import layout
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.offline import InferenceShares, offline_server
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.server_model import ServerModel
from snni.twoparty.suite import TwoPartySuite
from snni.wire.channel import Channel
from snni.wire.profile import Profile


class ServerPreparation:
    """public_key: the client's, under which its uploads are. Mirrors ClientPreparation, in its order."""

    def __init__(
        self,
        channel: Channel,
        model: ServerModel,
        suite: TwoPartySuite,
        public_key: bytes,
        profile: Profile,
        *,
        scores: bool,
    ) -> None:
        self.sender = OtSender(channel, Direction.S_SENDS, suite.transfers)
        self.receiver = OtReceiver(channel, Direction.C_SENDS, suite.transfers)
        self._channel = channel
        self._model = model
        self._suite = suite
        self._scores = scores
        self._public_key = public_key
        self._profile = profile
        self._layers: dict[tuple[str, int], ServerLinear] = {}
        self._batch = 0

    @property
    def claimed(self) -> int:
        """Transfers taken so far, of the direction that has given more."""
        return max(self.sender.claimed, self.receiver.claimed)

    def setup(self) -> None:
        """Base transfers of both directions."""
        self.sender.setup()
        self.receiver.setup()

    def begin(self, count: int) -> list[InferenceShares]:
        """Its shares of the convolutions of so many inferences."""
        if count != self._batch:  # one batch size at a time is kept: a client may ask for every size there is
            self._layers, self._batch = {}, count
        return offline_server(self._channel, self._model.plan, self.layer, count, self._profile)

    def finish(self, shares: InferenceShares) -> ServerInference:
        """An inference with all its correlations."""
        inference = ServerInference(self._model, shares.expand(), self._suite, scores=self._scores)
        with self._profile.step("ot", self._channel):
            inference.prepare(self._channel, self.sender, self.receiver)
        return inference

    def layer(self, step: Conv, size: int) -> ServerLinear:
        """A convolution's, for so many inferences."""
        if (step.name, size) not in self._layers:
            chosen = layout(self._model.geometries[step.name], size)
            weights = self._model.weights[step.name]
            self._layers[step.name, size] = ServerLinear(chosen, self._public_key, weights, self._model.product)
        return self._layers[step.name, size]
