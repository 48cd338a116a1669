"""Float networks and integer ones answer about the same crops, and say what they cannot take."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from faces.crop import grey48
from training.data.inputs import fitted
from training.errors import InputError
from training.evaluation.errors import NetworkError
from training.evaluation.integers import compare
from training.evaluation.networks import load_bundle, load_network, load_program, score_unit
from training.evaluation.predictions import Scores
from training.networks.squeezenet import SqueezeNet

BUNDLE = Path(__file__).parents[3] / "models" / "squeezenet-synthetic"
CROPS = np.random.default_rng(2).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_integers_are_near_their_float_network() -> None:
    integers, floats = load_bundle(BUNDLE), load_program(BUNDLE)
    assert floats is not None and integers.shape == floats.shape == (3, 224, 224)
    done: list[int] = []
    got, wanted = integers.score(CROPS, done.append), floats.score(CROPS)
    assert done == [1, 2]
    assert got.scores.shape == (2, 4) and got.overflow < 4  # noise may leave windows that crops of faces fit
    shift = (got.scores - got.scores.mean(1, keepdims=True)) - (wanted.scores - wanted.scores.mean(1, keepdims=True))
    assert np.abs(shift).max() < 1.5  # the card's relative error is of crops of faces; these are noise
    assert (wanted.estimated == wanted.scores.argmax(1)).all()


def test_a_network_from_its_state_dict(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = SqueezeNet().eval()
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    _, scorer = load_network("training.networks.squeezenet:SqueezeNet", tmp_path / "w.safetensors")
    found = scorer.score(CROPS[:1]).scores[0]
    with torch.no_grad():
        wanted = network(torch.from_numpy(CROPS[:1]).permute(0, 3, 1, 2).float() / 255)[0]
    assert found == pytest.approx(wanted.numpy(), abs=1e-5)


def test_crops_are_made_to_fit() -> None:
    (same,) = fitted(CROPS[:1], (3, 224, 224))
    assert np.array_equal(same, CROPS[0].transpose(2, 0, 1))
    (grey,) = fitted(CROPS[:1], (1, 48, 48))
    assert np.array_equal(grey.reshape(-1), grey48(CROPS[0]).reshape(-1))
    assert fitted(CROPS[:1], (3, 96, 96))[0].shape == (3, 96, 96)
    with pytest.raises(InputError, match="takes"):
        fitted(CROPS, (1, 64, 64))


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="plan"):
        load_bundle(tmp_path)
    assert load_program(tmp_path) is None
    (tmp_path / "float.pt2").write_bytes(b"no program")
    with pytest.raises(NetworkError, match="not an exported network"):
        load_program(tmp_path)
    with pytest.raises(NetworkError, match="--network nothing"):
        load_network("nothing", tmp_path / "w.pt")
    bundle = load_bundle(BUNDLE).bundle
    row = next(line for line in bundle.card.splitlines() if line.startswith(f"| {bundle.plan.scores} |"))
    assert score_unit(bundle) == float(row.split("|")[-2]) > 0
    with pytest.raises(NetworkError, match=r"card\.md"):
        score_unit(replace(bundle, card="# nothing"))


def test_integers_beside_floats_by_hand() -> None:
    floats = Scores(np.array([[3.0, 1.0], [0.0, 2.0], [1.0, 3.0]]), np.array([0, 1, 1]))
    integers = Scores(np.array([[4.0, 2.0], [2.0, 0.0], [1.0, 3.0]]), np.array([0, 0, 1]), overflow=2)
    found = compare(np.array([0, 1, 0]), integers, floats)
    # less their means: floats (1, -1), (-1, 1), (-1, 1); integers the same but the second (1, -1), off by 2 twice
    assert found["relative_error"] == pytest.approx(np.sqrt((4 + 4) / 6))
    assert found["largest_difference"] == 2
    assert found["together"] == [[1, 0], [1, 1]]
    assert (found["same_level"], found["within_one"], found["count"], found["overflow"]) == (2, 3, 3, 2)
    assert (found["both_right"], found["only_float_right"], found["only_integer_right"], found["neither_right"]) == (
        1, 1, 0, 1)  # fmt: skip
