"""What is shown of a transformer: attention that was put there, patches that are alike, slopes that are right."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.training.evaluation.well_formed import parsed
from training.commands import explain as command
from training.explain.maps import REGIONS, answer, occlusion
from training.explain.network import exported, leaning
from training.explain.transformer import attention_maps, components, read_patches, transformer_cam
from training.networks.dinov2 import Dinov2
from training.networks.registry import NETWORKS

HEADS = 3


def small() -> Dinov2:
    """Two narrow layers: what a command line names for a test."""
    return Dinov2(24, 2, HEADS, 4)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def network() -> Dinov2:
    torch.manual_seed(2)
    return small().eval()


def crop(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (3, 112, 112), dtype=np.uint8)


def test_attention_is_a_share_of_each_patch(network: Dinov2) -> None:
    maps = attention_maps(network, crop(1))
    assert len(maps) == HEADS and all(one.shape == (8, 8) and one.min() >= 0 for one in maps)
    with torch.no_grad():
        itself = network.attention(torch.from_numpy(crop(1)[None]).float() / 255)[0, :, 0, 0]
    assert [one.sum() for one in maps] == pytest.approx((1 - itself).tolist(), abs=1e-5)


def test_a_head_made_to_look_at_bright_patches_does(network: Dinov2) -> None:
    """Keys that rise with a patch's brightness, and a query that asks for it."""
    pixels = np.zeros((3, 112, 112), np.uint8)
    pixels[:, 28:42, 70:84] = 255
    with torch.no_grad():
        network.embeddings.position_embeddings.zero_()
        network.embeddings.cls_token.zero_()
        projection = network.embeddings.patch_embeddings.projection
        projection.weight.zero_()
        projection.weight[0] = 1 / 588
        projections = network.encoder["layer"][-1].attention.attention
        for layer in (projections.query, projections.key):
            layer.weight.zero_()
            layer.bias.zero_()
        projections.query.bias[:] = 3.0
        projections.key.weight[:, 0] = 1.0
        network.encoder["layer"][0].layer_scale1.lambda1.zero_()
        network.encoder["layer"][0].layer_scale2.lambda1.zero_()
    for one in attention_maps(network, pixels):
        assert np.unravel_index(one.argmax(), one.shape) == (2, 5)


def test_patches_that_are_alike_have_like_colours(network: Dinov2) -> None:
    """Two kinds of patches, in halves of one crop and the other way round in the next."""
    with torch.no_grad():
        network.embeddings.position_embeddings.zero_()
    first = np.zeros((3, 112, 112), np.uint8)
    first[0, :, :56] = 255
    found = components(network, [first, first[:, :, ::-1].copy()])
    assert len(found.pictures) == 2 and found.pictures[0].shape == (8, 8, 3)
    assert found.explained[0] > 0.9 and list(found.explained) == sorted(found.explained, reverse=True)
    left, right = found.pictures[0][:, :4, 0], found.pictures[0][:, 4:, 0]
    assert abs(int(left.mean()) - int(right.mean())) > 200
    assert np.abs(found.pictures[1][:, ::-1, 0].astype(int) - found.pictures[0][..., 0]).max() < 30


def test_slopes_are_those_of_the_answer(network: Dinov2) -> None:
    pixels = crop(3)
    found = read_patches(network, pixels)
    assert found.features.shape == found.slope.shape == (24, 8, 8)
    layer, step = network.encoder["layer"][-1], 1e-2
    direction = torch.randn(24, 8, 8, generator=torch.Generator().manual_seed(0))

    def moved(by: float) -> float:
        added = torch.cat([torch.zeros(1, 1, 24), by * direction.flatten(1).T[None]], 1)
        hook = layer.norm1.register_forward_hook(lambda _module, _inputs, given: given + added)
        with torch.no_grad():
            scores = network(torch.from_numpy(pixels[None]).float() / 255)
        hook.remove()
        return float(leaning(scores.reshape(-1)))

    assert (moved(step) - moved(-step)) / (2 * step) == pytest.approx(float((found.slope * direction).sum()), rel=0.02)
    cam = transformer_cam(network, pixels)
    assert cam.shape == (112, 112) and cam.min() >= 0


def test_a_transformer_is_covered_like_any_other(network: Dinov2) -> None:
    graph = exported(network, (3, 112, 112))
    with torch.no_grad():
        wanted = leaning(network(torch.from_numpy(crop(4)[None]).float() / 255).reshape(-1))
    assert answer(graph, crop(4)) == pytest.approx(float(wanted), abs=1e-5)
    assert occlusion(graph, crop(4), 2).shape == (2, 2)


def test_the_report_shows_heads_and_patches(network: Dinov2, tmp_path: Path) -> None:
    torch.save(network.state_dict(), tmp_path / "small.pt")
    np.save(tmp_path / "crops.npy", np.stack([crop(1), crop(2)]).transpose(0, 2, 3, 1))
    words = ["--weights", str(tmp_path / "small.pt"), "--network", f"{__name__}:small", "--input", "3", "112", "112"]
    words += ["--crops", str(tmp_path / "crops.npy"), "--people", "0", "--grid", "2", "--out", str(tmp_path / "out")]
    assert command.main(words) == 0
    result = json.loads((tmp_path / "out" / "explain.json").read_text())["transformer"]
    assert len(result["heads"]) == HEADS and len(result["components_explain"]) == 3
    for shares in result["heads"]:
        assert list(shares) == list(REGIONS) and sum(shares.values()) == pytest.approx(1)
    assert "What the transformer sees" in (tmp_path / "out" / "explain.html").read_text()
    assert parsed((tmp_path / "out" / "explain.html").read_text()).loaded
    strip = cv2.imread(str(tmp_path / "out" / "attention-01.png"))
    assert strip.shape == (112, 112 * (HEADS + 2), 3)
    assert strip[:, :112].std() == 0 and strip[:, -112:].std() > 10  # the face is not shown


def test_a_network_may_be_named_as_in_the_registry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = NETWORKS["convnet48"].factory(classes=4)
    torch.save(module.state_dict(), tmp_path / "net.pt")
    words = ["--network", "convnet48", "--faces", "1", "--people", "0", "--grid", "2", "--out", str(tmp_path / "out")]
    assert command.main(["--weights", str(tmp_path / "net.pt"), *words]) == 0
    result = json.loads((tmp_path / "out" / "explain.json").read_text())
    assert result["network"] == "convnet48 with net.pt" and result["transformer"] is None
    body = {name: value for name, value in module.state_dict().items() if not name.startswith("classifier.6.")}
    torch.save(body, tmp_path / "body.pt")
    capsys.readouterr()
    assert command.main(["--weights", str(tmp_path / "body.pt"), *words]) == 2
    assert "it has no classifier.6" in capsys.readouterr().err
    torch.save({**module.state_dict(), "features.0.bias": torch.zeros(1)}, tmp_path / "other.pt")
    assert command.main(["--weights", str(tmp_path / "other.pt"), *words]) == 2
    assert "not the weights of convnet48" in capsys.readouterr().err
