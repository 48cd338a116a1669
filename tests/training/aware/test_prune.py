"""ReLUs that are left out: which there are, which go first, what that saves; both parties compute what is left."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snni.compile import compile_network
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from snni.model.step_cost import plan_cost, total_cost
from snni.model.steps import Relu, Rescale
from snni.twoparty.suite import TWO_PARTY, suite_of
from tests.snni.compile.networks import ResNet, images, settle
from tests.support.secure_run import check_steps, infer
from tests.training.tiny import SHAPE, Tiny
from training.aware.prune import Scored, cheapest, layers, plan_of, pruned, scored, without
from training.commands.train import main
from training.cost.measurements import PROTOCOL
from training.cost.price import price
from training.data.batch import batch_of
from training.data.dataset import Crops
from training.data.pictures import DrawnPictures
from training.errors import OptionError

FIRE = ("relu_1", "relu_2")
"""The two expansions of Tiny's first fire."""


@pytest.fixture(scope="module")
def tiny() -> nn.Module:
    torch.manual_seed(5)
    return settle(Tiny(), SHAPE)


def test_joined_relus_are_one_layer(tiny: nn.Module) -> None:
    alone, joined = [("features_1",), ("relu",), FIRE, ("relu_3",)], ("relu_4", "relu_5")
    assert layers(tiny) == [*alone, joined, ("features_6",), ("classifier_2",)]
    assert len(layers(settle(ResNet(), SHAPE))) == 7


def test_without_computes_what_the_network_does_with_the_identity(tiny: nn.Module) -> None:
    class Bent(Tiny):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.features[2](self.features[1](self.features[0](x)))
            fire = self.features[3]
            y = F.relu(fire.squeeze(x))
            x = self.features[4](torch.cat([fire.expand1(y), fire.expand3(y)], 1))
            return torch.flatten(self.classifier(self.features[6](self.features[5](x))), 1)

    bent = Bent().eval()
    bent.load_state_dict(tiny.state_dict())
    made, x = without(tiny, FIRE), images(3, SHAPE, 2)
    assert torch.allclose(made(x), bent(x), atol=1e-6)
    assert not torch.allclose(made(x), tiny(x), atol=1e-3)
    assert made.state_dict().keys() == tiny.state_dict().keys() and not made.training
    with pytest.raises(OptionError, match="no ReLU relu_9"):
        without(tiny, ["relu_9"])


def test_a_layer_left_out_saves_what_the_plan_says_and_both_parties_compute_the_rest(tiny: nn.Module) -> None:
    """The comparison's bytes less those of the truncation that takes its place, to the byte, as sent by both."""
    calibration = [images(4, SHAPE, 1)]
    whole, module = compile_network(tiny, calibration).bundle.plan, without(tiny, ["features_6"])
    bundle = compile_network(module, calibration).bundle
    assert isinstance(next(s for s in whole.steps if s.name == "features_6"), Relu)
    assert "features_6" not in {step.name for step in bundle.plan.steps}
    priced = suite_of(comparison=PROTOCOL)
    before, after = plan_cost(whole, priced), plan_cost(bundle.plan, priced)
    new = [step.name for step in bundle.plan.steps if isinstance(step, Rescale)]
    fewer = total_cost(whole, TWO_PARTY).relus - total_cost(bundle.plan, TWO_PARTY).relus
    assert new and fewer == whole.values["features_6"].elements
    changed = {name: after[name].online_bytes - before[name].online_bytes for name in before.keys() & after.keys()}
    saved = price(whole).online_bytes - price(bundle.plan).online_bytes
    assert (
        saved == before["features_6"].online_bytes - sum(after[n].online_bytes for n in new) - sum(changed.values()) > 0
    )
    x = (images(1, SHAPE, 7)[0] * 255).round().byte().numpy()
    (outcome,), (revealed,) = infer(bundle, [x], scores=False)  # its bytes are checked against plan_cost
    assert check_steps(bundle, x, revealed) == len(bundle.plan.steps) - 1
    assert outcome.level in range(4)


def test_the_cheapest_for_a_byte_go_first_and_useless_ones_never() -> None:
    found = [
        Scored(("dear",), 1.0, 0.1, 100),
        Scored(("idle",), 0.0, 0.0, 0),
        Scored(("good",), -0.2, -0.01, 50),
        Scored(("large",), 1.0, 0.1, 1000),
    ]
    assert [one.layer[0] for one in cheapest(found)] == ["good", "large", "dear"]


def test_pruning_stops_at_the_budget(tiny: nn.Module, data: Path) -> None:
    validation = DrawnPictures(Crops.load(data / "validation.npz"))
    calibration = [batch_of(validation, np.arange(2), SHAPE).x[i : i + 1] for i in range(2)]
    heard: list[str] = []
    found = scored(tiny, validation, SHAPE, calibration, heard.append)
    assert heard == [layer[0] for layer in layers(tiny)]
    whole = total_cost(plan_of(tiny, calibration), TWO_PARTY).online_bytes
    module, left_out = pruned(tiny, found, 0.2, calibration)
    fewer = without(tiny, [name for one in left_out[:-1] for name in one.layer])
    assert total_cost(plan_of(module, calibration), TWO_PARTY).online_bytes <= 0.8 * whole
    assert total_cost(plan_of(fewer, calibration), TWO_PARTY).online_bytes > 0.8 * whole
    with pytest.raises(OptionError, match="leaving out every ReLU"):
        pruned(tiny, found, 0.999, calibration)


def test_a_pruned_network_is_trained_and_trained_again(run_folder: Path, data: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "pruned", tmp_path / "again"
    words = ["aware", "--data", str(data), "--batch", "8", "--threads", "1"]
    assert main([*words, "--run", str(run_folder), "--prune", "0.15", "--epochs", "2", "--out", str(out)]) == 0
    rows = {row["name"]: row for row in json.loads((out / "metrics.json").read_text())["variants"]}
    kept = rows["int8, trained"]["price"]["online_bytes"] / rows["int8, as given"]["price"]["online_bytes"]
    assert kept <= 0.85
    assert rows["int8, trained"]["measured"]["accuracy"] >= rows["int8, compiled"]["measured"]["accuracy"] - 0.05
    bundle = Bundle.load(out)
    reference, crop = Reference(bundle.plan, bundle.weights), Crops.load(data / "test.npz").images[0]
    assert reference.run(np.ascontiguousarray(crop[::2, ::2].transpose(2, 0, 1))).level in range(4)
    assert main([*words, "--bundle", str(out), "--epochs", "0", "--out", str(again)]) == 0
    assert Bundle.load(again).plan.steps == bundle.plan.steps or "without ReLUs" in Bundle.load(again).card
