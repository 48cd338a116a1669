"""A video's label between two parties, over real transfers and encryption, against the law; costs as declared."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import CorrelationError, ParameterError
from snni.model.bundle import Bundle
from snni.ring.arithmetic import reduce
from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.linear.portions import geometry, layout
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.server_model import check_rows, server_model
from snni.twoparty.suite import TWO_PARTY
from snni.twoparty.video.client import ClientVideo
from snni.twoparty.video.server import ServerVideo
from snni.twoparty.video.shape import VideoShape
from snni.wire.profile import Profile
from tests.support.ideal_ots import both
from tests.support.networks import residual
from tests.support.video_labels import sure_label, sure_picture

KEY = 0x7E  # frame tag of this run's public key, which a session sends on its control connection
BATCH = 2  # fewer than are selected: two linear phases


class Classified:
    """One video through both parties. label; bytes and flights ahead and online, as the client counts them; both
    parties' shares of the selected frames, [n, C, H, W]."""

    def __init__(self, bundle: Bundle, video: np.ndarray, rows: np.ndarray) -> None:
        self.bundle, self.shape = bundle, VideoShape(bundle.plan, len(video), len(rows))
        self.rows, self.video, self.phases = rows, video, []
        self.label, _, _ = both(self._client, self._server)

    def _client(self, channel) -> int:
        plan, keys = self.bundle.plan, ClientKeys.generate()
        channel.send(KEY, keys.public_key())
        receiver = OtReceiver(channel, Direction.S_SENDS, TWO_PARTY.transfers)
        sender = OtSender(channel, Direction.C_SENDS, TWO_PARTY.transfers)
        receiver.setup()
        sender.setup()
        self.linear, before = Profile(), (channel.bytes_sent, channel.bytes_received)
        mine = ClientVideo(self.shape)
        layers = lambda step, size: ClientLinear(layout(geometry(step, plan), size), keys)  # noqa: E731
        mine.prepare_linear(channel, keys, layers, BATCH, self.linear)
        between = channel.bytes_sent, channel.bytes_received
        with pytest.raises(CorrelationError):
            mine.run(channel, self.video, Profile())
        mine.prepare(channel, receiver, sender)
        self.linear_bytes = tuple(np.subtract(between, before))
        self.transfer_bytes = channel.bytes_sent - between[0], channel.bytes_received - between[1]
        self.mine = np.stack([frame._drawn(plan.input) for frame in mine._frames])
        self.online = Profile()
        with pytest.raises(ParameterError):
            mine.run(channel, self.video[1:], Profile())
        outcome = mine.run(channel, self.video, self.online)
        with pytest.raises(CorrelationError):
            mine.run(channel, self.video, Profile())
        return outcome.level

    def _server(self, channel) -> None:
        model = server_model(self.bundle, selection=self.rows)
        key = channel.recv(KEY)
        sender = OtSender(channel, Direction.S_SENDS, TWO_PARTY.transfers)
        receiver = OtReceiver(channel, Direction.C_SENDS, TWO_PARTY.transfers)
        sender.setup()
        receiver.setup()
        theirs = ServerVideo(model, self.shape, self.rows, self.phases.append)
        select = theirs._select

        def kept(channel):
            self.theirs = select(channel)
            return self.theirs

        theirs._select = kept
        layers = lambda step, size: ServerLinear(  # noqa: E731
            layout(model.geometries[step.name], size), key, model.weights[step.name]
        )
        theirs.prepare_linear(channel, key, layers, BATCH, Profile())
        theirs.prepare(channel, sender, receiver)
        assert theirs.stored_bytes > 0
        theirs.run(channel, Profile())
        with pytest.raises(CorrelationError):
            theirs.run(channel, Profile())


@pytest.fixture(scope="module")
def classified() -> tuple[Classified, int]:
    """Three frames of ten, of which the first is selected twice."""
    bundle, rng = residual(), np.random.default_rng(4)
    rows = np.zeros((4, 10), np.int8)
    rows[np.arange(4), [6, 0, 9, 6]] = 1
    picture, level = sure_picture(bundle)
    video = rng.integers(0, 256, (10, *bundle.plan.input_shape), np.uint8)
    video[[6, 0, 9]] = picture
    video[0] = np.clip(picture.astype(np.int64) + 1, 0, 255)
    assert sure_label(bundle, video[rows.argmax(axis=1)]) == level
    return Classified(bundle, video, rows), level


def test_a_label_is_the_laws_of_the_chosen_frames(classified: tuple[Classified, int]) -> None:
    run, level = classified
    assert run.label == level
    assert run.phases == ["selected", "scored"]


def test_selected_frames_are_off_by_a_unit_at_most(classified: tuple[Classified, int]) -> None:
    run, _ = classified
    bits = run.shape.plan.input_bits
    revealed = reduce(run.mine + run.theirs, bits).astype(np.int64)
    error = (revealed - run.video[run.rows.argmax(axis=1)] + 1) % (1 << bits) - 1
    assert np.abs(error).max() <= 1


def test_two_selections_of_one_frame_are_shared_apart(classified: tuple[Classified, int]) -> None:
    run, _ = classified
    assert (run.mine[0] != run.mine[3]).mean() > 0.9 and (run.theirs[0] != run.theirs[3]).mean() > 0.9


def test_what_is_sent_is_what_is_declared(classified: tuple[Classified, int]) -> None:
    run, _ = classified
    shape, steps = run.shape, run.online.steps
    for name, declared in (("selection", shape.selection_online), ("label", shape.label_online)):
        cost = steps[name]
        assert (cost.sent, cost.received) == (declared.from_client, declared.from_server), name
    network = [cost for name, cost in steps.items() if name not in ("selection", "label")]
    declared = shape.network_online
    assert sum(cost.sent for cost in network) == declared.from_client
    assert sum(cost.received for cost in network) == declared.from_server
    assert run.online.flights == shape.selection_online.flights - 1 + declared.flights + shape.label_online.flights
    ahead = shape.selection_ahead
    selection = run.linear.steps["selection"]
    assert (selection.sent, selection.received) == (ahead.from_client, ahead.from_server)
    batches = [TWO_PARTY.linear_traffic(shape.plan, BATCH) for _ in range(shape.selected // BATCH)]
    assert run.linear_bytes == (
        ahead.from_client + sum(one.from_client for one in batches),
        ahead.from_server + sum(one.from_server for one in batches),
    )
    transfers = shape.transfers_ahead()
    assert run.transfer_bytes == (transfers.from_client, transfers.from_server)


def test_two_videos_are_sent_under_unrelated_masks() -> None:
    plan = residual().plan
    one, other = (ClientVideo(VideoShape(plan, 3, 1))._mask() for _ in range(2))
    assert one.shape == other.shape == (3, *plan.input_shape)
    assert (one != other).mean() > 0.9
    assert (one[0] != one[1]).mean() > 0.9  # nor are two frames of one


def test_two_selections_of_one_session_are_of_unrelated_dice() -> None:
    """The server's shares of the selected frames, of two videos."""
    bundle = residual()
    shape, keys = VideoShape(bundle.plan, 3, 1), ClientKeys.generate()
    model, rows = server_model(bundle), np.eye(3, dtype=np.int8)[:1]
    upload = ClientLinear(shape.selection, keys).encrypt(
        np.zeros((1, 3, shape.selection.geometry.height, shape.selection.geometry.width), np.uint32)
    )

    class Recorded:
        bytes_sent = bytes_received = flights = 0

        def recv(self, tag, limit):
            return memoryview(upload)

        def send(self, tag, payload):
            raise StopIteration

    shares = []
    with pytest.MonkeyPatch.context() as patched:
        evaluate = ServerLinear.evaluate
        patched.setattr(
            ServerLinear,
            "evaluate",
            lambda layer, up, seed: (shares.append(layer.shares(seed)), evaluate(layer, up, seed))[1],
        )
        for _ in range(2):
            with pytest.raises(StopIteration):
                ServerVideo(model, shape, rows).prepare_linear(Recorded(), keys.public_key(), None, 1, Profile())
    assert (shares[0] != shares[1]).mean() > 0.9


def test_what_is_no_video_is_refused() -> None:
    plan = residual().plan
    for frames, selected in ((0, 1), (1025, 1), (10, 0), (70, 65)):
        with pytest.raises(ParameterError):
            VideoShape(plan, frames, selected)
    for rows in (np.zeros((1, 3), np.int8), np.ones((2, 3), np.int8), np.eye(3), np.array([[2, -1]], np.int8)):
        with pytest.raises(ParameterError):
            check_rows(rows)
