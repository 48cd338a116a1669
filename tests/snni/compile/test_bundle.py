"""Bundles: what is saved is what is loaded, and every damage is named with its file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from torch import nn

from snni.compile import compile
from snni.errors import BundleError
from snni.model.bundle import Bundle, commitment
from tests.snni.compile.networks import ResNet, images, settle

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return compile(settle(ResNet(), (3, 32, 32)), [images(2, (3, 32, 32), 0)], name="resnet")


@pytest.fixture
def saved(bundle: Bundle, tmp_path: Path) -> Path:
    bundle.save(tmp_path / "bundle")
    return tmp_path / "bundle"


def test_round_trip(bundle: Bundle, saved: Path) -> None:
    again = Bundle.load(saved)
    assert again.plan == bundle.plan
    assert again.card == bundle.card
    assert again.weights.keys() == bundle.weights.keys()
    assert all(np.array_equal(again.weights[n], bundle.weights[n]) for n in bundle.weights)
    assert sorted(path.name for path in saved.iterdir()) == ["card.md", "plan.json", "weights.safetensors"]
    assert (saved / "weights.safetensors").stat().st_mode & 0o077 == 0


def test_nothing_secret_in_repr_and_no_salt_or_weight_digest_in_the_plan(bundle: Bundle, saved: Path) -> None:
    assert bundle.salt is not None
    plan = (saved / "plan.json").read_text()
    assert bundle.salt.hex() not in plan
    assert commitment(bundle.weights, bytes(32)) not in plan
    assert "array" not in repr(bundle) and bundle.salt.hex() not in repr(bundle)


def test_two_compilations_commit_to_equal_weights_differently(bundle: Bundle) -> None:
    assert bundle.committed().plan.weights_commitment != bundle.plan.weights_commitment
    assert bundle.committed(bundle.salt).plan == bundle.plan
    with pytest.raises(BundleError, match="salt of 3 bytes"):
        bundle.committed(b"abc")


@pytest.mark.parametrize("limit", [None, np.zeros(4, np.int64), np.full(4, 1 << 30), np.ones(3, np.int64)])
def test_a_clips_limits_are_checked(limit: np.ndarray | None) -> None:
    """One for each channel, above zero, in the ring; none for what is no clip."""
    layers = [nn.Conv2d(1, 4, 3), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)]
    found = compile(nn.Sequential(*layers), [images(2, (1, 8, 8), 0)])
    (name,) = [name for name in found.weights if name.endswith(".limit")]
    assert found.weights[name].dtype == np.int64 and (found.weights[name] > 0).all()
    changed = {key: value for key, value in found.weights.items() if key != name}
    plan = found.plan.model_copy(update={"weights_commitment": None})
    with pytest.raises(BundleError, match=name):
        Bundle(plan, changed if limit is None else changed | {name: limit})


@pytest.mark.parametrize("name", ["plan.json", "weights.safetensors", "card.md"])
def test_missing_files_are_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(BundleError, match=name):
        Bundle.load(saved)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_bit_or_a_cut_is_found_or_harmless(saved: Path, bundle: Bundle, data: st.DataObject) -> None:
    """The commitment covers tensors and salt. A flip that loads (the case of a hexadecimal digit) changed neither."""
    path = saved / "weights.safetensors"
    bundle.save(saved)
    content = bytearray(path.read_bytes())
    where = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[where] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[where:]
    path.write_bytes(content)
    try:
        again = Bundle.load(saved)
    except BundleError as error:
        assert "weights.safetensors" in str(error)
        return
    assert where < 8 + int.from_bytes(content[:8], "little")
    assert again.salt == bundle.salt
    assert all(np.array_equal(again.weights[n], bundle.weights[n]) for n in bundle.weights)


def rewrite(saved: Path, change: dict[str, np.ndarray | None]) -> None:
    """Replace or remove tensors, and drop the commitment so that the tensor itself is checked."""
    path = saved / "weights.safetensors"
    tensors = load_file(path) | change
    save_file({name: array for name, array in tensors.items() if array is not None}, path)
    plan = json.loads((saved / "plan.json").read_text()) | {"weights_commitment": None}
    (saved / "plan.json").write_text(json.dumps(plan))


@pytest.mark.parametrize(
    "change,message",
    [
        ({"head.bias": None}, "head.bias is missing"),
        ({"extra.weight": np.zeros(3, np.int8)}, "extra.weight belongs to no layer"),
        ({"head.weight": np.zeros((4, 16, 1, 1), np.int16)}, "head.weight is int16"),
        ({"head.weight": np.zeros((4, 15, 1, 1), np.int8)}, r"\[4, 15, 1, 1\], not int8 \[4, 16, 1, 1\]"),
        ({"head.weight": np.full((4, 16, 1, 1), -128, np.int8)}, r"head.weight has values outside \[-127, 127\]"),
        ({"head.bias": np.full(4, -1)}, "head.bias has values outside"),
        ({"head.bias": np.full(4, 1 << 26)}, "head.bias has values outside"),
    ],
)
def test_wrong_tensors_are_named(saved: Path, change: dict[str, np.ndarray | None], message: str) -> None:
    rewrite(saved, change)
    with pytest.raises(BundleError, match=message) as caught:
        Bundle.load(saved)
    assert "weights.safetensors" in str(caught.value)


def test_a_bundle_without_commitment_loads(saved: Path) -> None:
    rewrite(saved, {})
    assert Bundle.load(saved).salt is None


def test_weights_of_another_commitment_are_refused(saved: Path) -> None:
    path = saved / "weights.safetensors"
    tensors = load_file(path)
    save_file(tensors, path)
    with pytest.raises(BundleError, match="no salt"):
        Bundle.load(saved)
    save_file(tensors, path, {"salt": "00" * 32})
    with pytest.raises(BundleError, match="not those the plan commits to"):
        Bundle.load(saved)
    save_file(tensors, path, {"salt": "not hexadecimal"})
    with pytest.raises(BundleError, match="not a safetensors file"):
        Bundle.load(saved)


@pytest.mark.parametrize(("kind", "size"), [("F4", 2), ("BF16", 8), ("F8_E8M0", 4)])
def test_types_that_numpy_lacks_are_refused(saved: Path, kind: str, size: int) -> None:
    path = saved / "weights.safetensors"
    content = path.read_bytes()
    length = 8 + int.from_bytes(content[:8], "little")
    header, values = json.loads(content[8:length]), content[length:]
    header["other"] = {"dtype": kind, "shape": [4], "data_offsets": [len(values), len(values) + size]}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + values + bytes(size))
    with pytest.raises(BundleError, match="not a safetensors file of weights"):
        Bundle.load(saved)


def test_a_directory_that_cannot_be_written_is_named(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="file"):
        bundle.save(tmp_path / "file")
