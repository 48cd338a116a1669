"""DINOv2 computes what transformers' does from the same file, and takes the original publication's names too."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from transformers import Dinov2Config, Dinov2Model

from training.errors import WeightsError
from training.networks.dinov2 import Dinov2
from training.networks.dinov2_names import renamed
from training.networks.imagenet import MEAN, STD
from training.networks.registry import NETWORKS, Network, network
from training.networks.state_dict import load_body, read_state

WIDTH, DEPTH, HEADS = 24, 2, 3
SMALL = Network(lambda classes: Dinov2(WIDTH, DEPTH, HEADS, classes), (3, 224, 224), "small", ("x.", "classifier."))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def oracle() -> Dinov2Model:
    """Of drawn weights, none of them at its initial value."""
    config = Dinov2Config(hidden_size=WIDTH, num_hidden_layers=DEPTH, num_attention_heads=HEADS, image_size=518,
                          attn_implementation="eager")  # fmt: skip
    torch.manual_seed(3)
    model = Dinov2Model(config).eval()
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(torch.randn_like(value) * 0.2 + 0.05)
    return model


@pytest.fixture(scope="module")
def published(oracle: Dinov2Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that transformers publishes such a model in."""
    folder = tmp_path_factory.mktemp("published")
    oracle.save_pretrained(folder)
    return folder / "model.safetensors"


def loaded(path: Path) -> Dinov2:
    module = SMALL.factory(classes=4).eval()
    load_body(module, SMALL, path)
    return module


def original(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same under the names of dinov2_vits14_pretrain.pth."""
    found = {
        "cls_token": state["embeddings.cls_token"], "mask_token": state["embeddings.mask_token"],
        "pos_embed": state["embeddings.position_embeddings"],
        "patch_embed.proj.weight": state["embeddings.patch_embeddings.projection.weight"],
        "patch_embed.proj.bias": state["embeddings.patch_embeddings.projection.bias"],
        "norm.weight": state["layernorm.weight"], "norm.bias": state["layernorm.bias"],
    }  # fmt: skip
    for layer in range(DEPTH):
        ours, theirs = f"encoder.layer.{layer}", f"blocks.{layer}"
        for kind in ("weight", "bias"):
            parts = [state[f"{ours}.attention.attention.{one}.{kind}"] for one in ("query", "key", "value")]
            found[f"{theirs}.attn.qkv.{kind}"] = torch.cat(parts)
            found[f"{theirs}.attn.proj.{kind}"] = state[f"{ours}.attention.output.dense.{kind}"]
            for part in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
                found[f"{theirs}.{part}.{kind}"] = state[f"{ours}.{part}.{kind}"]
        for number in (1, 2):
            found[f"{theirs}.ls{number}.gamma"] = state[f"{ours}.layer_scale{number}.lambda1"]
    return found


def test_the_file_has_the_names_of_the_public_one(published: Path) -> None:
    names = set(read_state(published))
    assert "encoder.layer.0.attention.attention.query.weight" in names
    assert names == {name for name in SMALL.factory(classes=4).state_dict() if not name.startswith("classifier.")}


@pytest.mark.parametrize("size", [(224, 224), (518, 518), (112, 140)])
def test_tokens_and_attention_are_those_of_transformers(
    oracle: Dinov2Model, published: Path, size: tuple[int, int]
) -> None:
    network, x = loaded(published), torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1))
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    with torch.inference_mode():
        wanted = oracle((x - mean) / std, output_attentions=True)
        assert torch.allclose(network.tokens(x), wanted.last_hidden_state, atol=2e-4)
        assert torch.allclose(network.attention(x), wanted.attentions[-1], atol=1e-5)
    assert wanted.last_hidden_state.std() > 0.1


def test_the_head_reads_the_first_token_and_the_mean_of_the_others(published: Path) -> None:
    network, x = loaded(published), torch.rand(2, 3, 112, 112)
    with torch.inference_mode():
        tokens = network.tokens(x)
        features = torch.cat([tokens[:, 0], tokens[:, 1:].mean(1)], 1)
        assert torch.allclose(network(x), network.classifier(features), atol=1e-6)


def test_the_original_names_are_taken_apart(published: Path, tmp_path: Path) -> None:
    state = read_state(published)
    path = tmp_path / "dinov2_vits14_pretrain.pth"
    torch.save(original(state), path)
    ours, theirs = loaded(published), loaded(path)
    for name, value in ours.state_dict().items():
        assert name.startswith("classifier.") or torch.equal(value, theirs.state_dict()[name]), name
    # as the original computes it: one product, then [3, heads, width / heads] of each token
    merged, tokens = original(state), torch.randn(1, 5, WIDTH)
    qkv = nn.functional.linear(tokens, merged["blocks.0.attn.qkv.weight"], merged["blocks.0.attn.qkv.bias"])
    wanted = qkv.reshape(1, 5, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
    with torch.inference_mode():
        for one, other in zip(theirs.encoder["layer"][0].attention.attention(tokens), wanted, strict=True):
            assert torch.allclose(one, other, atol=1e-5)


def test_a_classifiers_prefix_is_taken_off_and_strange_names_stay(published: Path) -> None:
    state = read_state(published)
    assert renamed({f"dinov2.{name}": value for name, value in state.items()}).keys() == state.keys()
    strange = {"blocks.0.attn.bias_table": torch.zeros(1), "register_tokens": torch.zeros(1)}
    assert renamed(strange).keys() == strange.keys()


def test_another_networks_file_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    torch.save(network("convnet48").factory(classes=4).state_dict(), tmp_path / "other.pt")
    with pytest.raises(WeightsError, match=r"it lacks embeddings\.cls_token"):
        loaded(tmp_path / "other.pt")


@pytest.mark.parametrize("name,count", [("dinov2_s", 12), ("dinov2_l", 24)])
def test_layers_are_as_many_as_published(name: str, count: int) -> None:
    with torch.device("meta"):
        state = NETWORKS[name].factory(classes=4).state_dict()
    assert f"encoder.layer.{count - 1}.norm1.weight" in state and f"encoder.layer.{count}.norm1.weight" not in state
    assert state["embeddings.position_embeddings"].shape[1] == 1370
