"""What the dealer of four holds is uniform whatever is computed on: take a random value out, and this shows it.

The dealer knows every mask, so they are all made zero here: masked values are the secrets themselves. All that keeps
them from it is u, psi, and U of the weights. The witness receives nothing, the evaluators no more than among three.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from snni.model.steps import Conv
from snni.multiparty.check.opening import CheckedOpening
from snni.multiparty.check.verify import Verification
from snni.multiparty.check.witness import Corrections
from snni.multiparty.conv import DealerConv, EvaluatorConv, deal_conv
from snni.multiparty.dealing import Dealer, FirstDealt, SecondDealt
from snni.multiparty.gate import GateShape, deal_gate, evaluate_gate, take_gate
from snni.multiparty.keys import DealerKeys, DealtStream, OwnStream, PairKey
from snni.multiparty.lookup import LookupShape, deal_lookup, evaluate_lookup, take_lookup
from snni.multiparty.model import EvaluatorShare, drawn_aside, set_aside
from snni.multiparty.multiply import ProductShape, deal_product, evaluate_product, take_product
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.ring_convolution import RingWeights
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from snni.wire.memory_channel import channel_pair
from tests.support.uniform import unevenness

N = 1 << 14


class Watched(Verification):
    """A dealer who remembers what it learns: hidden terms, and what follows from them by the witness's correction,
    in whose place it stands: each gives the other."""

    def __init__(self):
        super().__init__()
        self.columns = []

    def add(self, form):
        made = form()
        real, at = made.of, len(self._forms)

        def of(terms):
            for (count, bits), words in zip(made.widths, terms, strict=True):
                self.columns.append((f"opening {at}, hidden term of {count}", words, bits))
            value, rest = real(terms), self.rests[at]
            whole = value ^ rest if made.boolean else reduce(value + rest, made.bits)
            self.columns.append((f"opening {at}, opened", whole, made.bits))
            return value

        object.__setattr__(made, "of", of)
        self._forms.append(made)

    def hear(self, witness):
        super().hear(witness)
        self.rests = [kept.rest for kept in self._kept]


def checked(deal, evaluate, witness_deal=None):
    """(what both evaluators opened in the end, what the dealer held). Fails where a check does."""
    keys, hiding = DealerKeys.fresh(), PairKey.fresh()
    pairs = [channel_pair() for _ in range(5)]
    (one_out, one_in), (other_out, other_in), (to_first, at_first), (to_second, at_second), (told, heard) = pairs
    verification = Watched()
    dealer = Dealer(keys, 0, verification)
    deal(dealer)
    message = dealer.message()
    witness = Dealer(keys, 0, Corrections(hiding.hiding(0), told))
    (witness_deal or deal)(witness)
    assert witness.message() == message
    verification.hear(heard)
    ends = (one_out, other_in, to_first), (other_out, one_in, to_second)

    def party(index):
        dealt = SecondDealt(memoryview(message)) if index else FirstDealt(keys.first.dealt(0))
        outward, inward, to_dealer = ends[index]
        opening = CheckedOpening(ChannelOpening(outward, inward), EVALUATORS[index], hiding.hiding(0), to_dealer)
        opened = evaluate(EVALUATORS[index], dealt, opening)
        opening.close()
        return opened

    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(party, index) for index in range(2)]
        check = pool.submit(verification.run, at_first, at_second)
        opened = [run.result() for run in runs]
        check.result()
    assert np.array_equal(*opened)
    return opened[0], verification.columns


def same_length(columns):
    """Columns that can be looked at together."""
    return [(name, column[:N], bits) for name, column, bits in columns if column.size >= N]


def gate(x):
    shape = GateShape(N, 9, 14, ignored=1)
    s, none = np.full(N, x % 512, np.uint32), np.zeros(N, np.uint32)
    opened, columns = checked(
        lambda dealer: deal_gate(shape, dealer, none, none),
        lambda role, dealt, opening: evaluate_gate(shape, role, take_gate(shape, dealt), s, opening),
    )
    assert np.array_equal(opened, np.full(N, max(0, x)))
    return columns


def product():
    shape, none = ProductShape(N, 12), np.zeros(N, np.uint32)
    s = np.full(N, 77, np.uint32)
    _, columns = checked(
        lambda dealer: deal_product(shape, dealer, none, none, none),
        lambda role, dealt, opening: evaluate_product(shape, role, take_product(shape, dealt), s, s, opening),
    )
    return columns


def lookup():
    shape, none = LookupShape(N, 2, 10), np.zeros(N, np.uint32)
    s, function = np.full(N, 3, np.uint32), np.arange(4, dtype=np.uint32)
    _, columns = checked(
        lambda dealer: deal_lookup(shape, dealer, function, none, none),
        lambda role, dealt, opening: evaluate_lookup(shape, take_lookup(shape, dealt), s, opening),
    )
    return [(name, column.reshape(N, -1)[:, 3] if "term" in name else column, bits) for name, column, bits in columns]


def rescale():
    operation = RescaleOperation((N, 1, 1), 12, 2, 9, 12)
    s, none = np.full((N, 1, 1), 40, np.uint32), np.zeros((N, 1, 1), np.uint32)
    _, columns = checked(
        lambda dealer: operation.deal(dealer, none, none),
        lambda role, dealt, opening: operation.evaluate(role, operation.take(dealt), s, opening),
    )
    return columns


STEP = Conv(
    name="conv",
    x="x",
    y="y",
    kernel=(1, 1),
    stride=(1, 1),
    padding=(0, 0),
    out_channels=1,
    groups=1,
    ring_bits=12,
)


def conv():
    """One weight; its mask's masks zero too."""
    weight, none = np.full((1, 1, 1, 1), 5, np.uint32), np.zeros((1, 1, 1, N), np.uint32)
    nothing = RingWeights.of(STEP, np.zeros_like(weight))
    aside = set_aside([STEP], EvaluatorShare(b"", {"conv.weight": weight}))
    drawn = drawn_aside([(STEP, weight.shape)], aside.seed)
    bias = np.zeros(1, np.uint32)
    parts = [DealerConv(STEP, nothing, bias, 1, RingWeights.of(STEP, one["conv"])) for one in (aside.masked, drawn)]
    s = np.full((1, 1, 1, N), 9, np.uint32)

    def evaluate(role, dealt, opening):
        masked = RingWeights.of(STEP, weight)
        online = masked if role is Role.FIRST else nothing
        part = EvaluatorConv(STEP, role, (1, 1, N), masked, online, bias, bias, 1)
        return part.evaluate(part.prepare(dealt, none), s, opening)

    _, columns = checked(*(
        lambda dealer: deal_conv(parts[0], dealer, none, none),
        evaluate,
        lambda dealer: deal_conv(parts[1], dealer, none, none),
    ))  # fmt: skip
    return columns


@pytest.fixture
def no_masks(monkeypatch):
    """What the dealer draws masks nothing."""
    for name in ("bits", "ring"):
        real = getattr(OwnStream, name)
        monkeypatch.setattr(OwnStream, name, lambda self, *sizes, real=real: np.zeros_like(real(self, *sizes)))


PROTOCOLS = {"gate": lambda: gate(5), "a gate that is shut": lambda: gate(-7), "product": product, "lookup": lookup,
             "rescale": rescale, "convolution": conv}  # fmt: skip


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_dealers_view_is_uniform(no_masks, name):
    columns = PROTOCOLS[name]()
    assert len(columns) >= 2
    assert unevenness(same_length(columns)) == []


DRAWS = {"gate": 9, "product": 3, "lookup": 2, "rescale": 2, "convolution": 2}
"""u and psi of each: of a gate's two tables, its four terms and the result."""


@pytest.mark.parametrize(("name", "number"), [(name, at) for name, draws in DRAWS.items() for at in range(draws)])
def test_a_value_that_is_not_hidden_is_seen(no_masks, monkeypatch, name, number):
    real = PairKey.hiding

    def hiding(self, frame):
        stream = real(self, frame)
        draw, count = stream.draw, [0]

        def drawn(size, bits):
            count[0] += 1
            return draw(size, bits) * np.uint32(count[0] - 1 != number)

        monkeypatch.setattr(stream, "draw", drawn)
        return stream

    monkeypatch.setattr(PairKey, "hiding", hiding)
    found = unevenness(same_length(PROTOCOLS[name]()))
    assert found


def test_all_draws_of_a_gate_are_looked_at(no_masks, monkeypatch):
    counts = []
    real = DealtStream.draw
    monkeypatch.setattr(DealtStream, "draw", lambda self, *sizes: counts.append(self) or real(self, *sizes))
    gate(5)
    hiding = [stream for stream in set(counts) if counts.count(stream) == DRAWS["gate"]]
    assert len(hiding) == 3  # the witness's and both evaluators'


def test_weights_at_the_dealer_are_hidden_by_a_seed_of_128_bits():
    weight = np.full((1, 1, 64, 256), 5, np.uint32)
    share = EvaluatorShare(b"", {"conv.weight": weight})
    asides = [set_aside([STEP], share) for _ in range(2)]
    columns = [(str(at), aside.masked["conv"].reshape(-1), 12) for at, aside in enumerate(asides)]
    assert unevenness(columns) == []
    drawn = drawn_aside([(STEP, weight.shape)], asides[0].seed)["conv"]
    assert np.array_equal(reduce(asides[0].masked["conv"] - drawn, 12), weight)
