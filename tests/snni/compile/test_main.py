"""The command line: a bundle on success; exit code 2 and one line that says what to do otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from snni.compile.__main__ import main
from snni.compile.agreement import Agreement
from snni.model.bundle import Bundle
from tests.snni.compile.networks import ResNet, images, settle
from tests.support.waiting import PATIENCE_S

torch.set_num_threads(1)
RESNET = "tests.snni.compile.networks:ResNet"


def not_a_module() -> int:
    return 3


def fails():
    raise FileNotFoundError("weights.pth")


def needs_arguments(width: int) -> nn.Module:
    return nn.Linear(width, width)


def silu() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 2, 32), nn.SiLU())


def seeded() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4, bias=False)
    )


def double() -> nn.Module:
    return seeded().double()


def half() -> nn.Module:
    return seeded().half()


def no_flatten() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Linear(8, 4))


def zero_head() -> nn.Module:
    network = seeded()
    nn.init.zeros_(network[4].weight)
    return network


def with_softmax() -> nn.Module:
    return nn.Sequential(*seeded(), nn.Softmax(1))


def not_exportable() -> nn.Module:
    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rest = seeded()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if torch.compiler.is_exporting():
                raise RuntimeError("no export")
            return self.rest(x)

    return Reader()


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    path = tmp_path / "calibration.npy"
    np.save(path, (images(4, (3, 32, 32), 0) * 255).to(torch.uint8).numpy())
    return path


def test_as_a_process(calibration: Path, tmp_path: Path) -> None:
    """Trained weights in, a bundle out, the cost and the agreement printed."""
    save_file(settle(ResNet(), (3, 32, 32)).state_dict(), tmp_path / "w.safetensors")
    command = [sys.executable, "-m", "snni.compile", "--module", RESNET, "--weights", str(tmp_path / "w.safetensors")]
    command += ["--calibration", str(calibration), "--out", str(tmp_path / "out"), "--name", "ward.v1"]
    command += ["--crop", "32x32x3-close"]
    command += ["--classes", "none", "mild", "moderate", "severe", "--min-agreement", "0"]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert result.returncode == 0, result.stderr
    bundle = Bundle.load(tmp_path / "out")
    assert bundle.plan.name == "ward.v1" and bundle.plan.crop_format == "32x32x3-close"
    assert "- crops: 32x32x3-close" in bundle.card
    assert "moderate" in bundle.card
    assert "of 4 calibration images" in result.stdout
    assert "comparisons" in result.stdout
    assert bundle.plan.plan_hash in result.stdout


def test_a_bundle_is_replaced_only_where_that_is_asked_for(
    calibration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rooms have pinned the plan that lies there, and its salt cannot be made again."""
    arguments = ["--module", f"{__name__}:seeded", "--calibration", str(calibration), "--min-agreement", "0"]
    arguments += ["--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    first = Bundle.load(tmp_path / "out").plan.plan_hash
    assert main(arguments) == 2
    assert f"--out {tmp_path / 'out'}: a bundle lies there" in capsys.readouterr().err
    assert Bundle.load(tmp_path / "out").plan.plan_hash == first
    assert main([*arguments, "--replace"]) == 0
    assert Bundle.load(tmp_path / "out").plan.plan_hash != first


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_weights_are_loaded(calibration: Path, tmp_path: Path, suffix: str) -> None:
    """Zero convolutions give the zero weights only a loaded state dict can give."""
    module = settle(ResNet(), (3, 32, 32))
    nn.init.zeros_(module.blocks[0].conv1.weight)
    path = tmp_path / f"w.{suffix}"
    if suffix == "pt":
        torch.save(module.state_dict(), path)
    else:
        save_file(module.state_dict(), path)
    arguments = ["--module", RESNET, "--weights", str(path), "--calibration", str(calibration), "--min-agreement", "0"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    weights = Bundle.load(tmp_path / "out").weights
    assert not weights["blocks_0_conv1.weight"].any()
    assert weights["blocks_1_conv1.weight"].any()
    others = {path.name for path in (tmp_path / "out").iterdir() if path.stat().st_mode & 0o077}
    assert others == {"plan.json", "card.md"}  # the float network is the weights once more


@pytest.mark.parametrize(
    "change,message",
    [
        ({"--module": "ResNet"}, "write package.module:factory"),
        ({"--module": "no.such.package:f"}, "PYTHONPATH must name"),
        ({"--module": "tests.snni.compile.networks:Missing"}, "has no Missing"),
        ({"--module": "tests.snni.compile.test_main:RESNET"}, "not callable"),
        ({"--module": "tests.snni.compile.test_main:not_a_module"}, "made a int"),
        ({"--module": "tests.snni.compile.test_main:needs_arguments"}, "without arguments"),
        ({"--module": "tests.snni.compile.test_main:fails"}, "fails() fails (FileNotFoundError: weights.pth)"),
        ({"--module": "tests.snni.compile.test_main:silu"}, "SiLU (1) is not supported by secure inference; use ReLU"),
        ({"--module": "tests.snni.compile.test_main:no_flatten"}, "Linear (3) on a map is not supported"),
        ({"--module": "tests.snni.compile.test_main:zero_head"}, "the same scores; load its trained weights"),
        ({"--weights": "missing.pt"}, "no such file"),
        ({"--weights": "calibration.npy"}, "not a state dict"),
        ({"--weights": "other.pt"}, "not this network's"),
        ({"--calibration": "missing.npy"}, "no such file"),
        ({"--calibration": "text.npy"}, "not a .npy array"),
        ({"--calibration": "flat.npy"}, "save it as [N, C, H, W]"),
        ({"--calibration": "integers.npy"}, "int64; save uint8 pixels or float32 in [0, 1]"),
        ({"--calibration": "pixels.npy"}, "divide 8-bit pixels by 255"),
        ({"--calibration": "grey.npy"}, "takes 3 channels, is given 1"),
        ({"--calibration": "objects.npy"}, "not a .npy array"),
        ({"--name": "No Spaces"}, "name: 'No Spaces' is not 1 to 96 of a-z, 0-9, _ and ."),
        ({"--classes": "one"}, "1 class names for 4 levels"),
        ({"--out": "text.npy"}, "text.npy"),
    ],
)
def test_mistakes_are_answered_in_one_line(
    change: dict[str, str], message: str, calibration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "flat.npy", np.zeros((3, 32, 32), np.uint8))
    np.save(tmp_path / "integers.npy", np.zeros((2, 3, 32, 32), np.int64))
    np.save(tmp_path / "pixels.npy", np.full((2, 3, 32, 32), 200.0, np.float32))
    np.save(tmp_path / "grey.npy", np.zeros((2, 1, 32, 32), np.uint8))
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    (tmp_path / "text.npy").write_text("text")
    torch.save({"other": torch.zeros(1)}, tmp_path / "other.pt")
    paths = {"--weights", "--calibration", "--out"}
    options = {"--module": RESNET, "--calibration": str(calibration), "--out": str(tmp_path / "out")}
    options |= {key: str(tmp_path / value) if key in paths else value for key, value in change.items()}
    assert main([part for pair in options.items() for part in pair]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert error.startswith("snni.compile: ")
    assert not (tmp_path / "out").exists()


def test_the_float_network_is_kept_and_names_no_file_of_this_machine(tmp_path):
    from zipfile import ZipFile

    from snni.compile.float_network import FLOAT_FILE, float_scores, save_float

    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(72, 4))
    save_float(network, (1, 8, 8), tmp_path)
    images = np.random.default_rng(1).integers(0, 256, (3, 1, 8, 8), np.uint8)
    with torch.no_grad():
        expected = network(torch.from_numpy(images.astype(np.float32) / 255)).numpy()
    assert np.allclose(float_scores(tmp_path, images), expected, atol=1e-5)
    with ZipFile(tmp_path / FLOAT_FILE) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert str(Path(__file__).parents[3]).encode() not in content and b"site-packages" not in content


@pytest.mark.parametrize("name", ["double", "half", "with_softmax"])
def test_networks_of_other_precisions_and_with_a_softmax_agree(
    name: str, calibration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A softmax at the end is compared as such: its error is of the size of the scores' own."""
    options = ["--module", f"tests.snni.compile.test_main:{name}", "--calibration", str(calibration)]
    assert main([*options, "--out", str(tmp_path / "out"), "--min-agreement", "0"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert float(said.partition("relative error of scores ")[2].partition(",")[0]) < 0.1
    assert (tmp_path / "out" / "float.pt2").exists()


def test_below_the_floor_of_agreement_nothing_is_written_unless_it_is_lowered(
    calibration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(self: Agreement) -> float:
        return 0.5

    monkeypatch.setattr(Agreement, "fraction", property(other))
    options = ["--module", RESNET, "--calibration", str(calibration), "--out", str(tmp_path / "out")]
    assert main(options) == 2
    error = capsys.readouterr().err
    assert "nothing is written" in error and "--min-agreement 0.50" in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert main([*options, "--min-agreement", "0.5"]) == 0
    assert Bundle.load(tmp_path / "out").plan.levels == 4


def test_a_network_that_torch_does_not_export_is_compiled_without_its_float_twin(
    calibration: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A twin of an earlier network does not stay beside the bundle."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "float.pt2").write_bytes(b"of another network")
    options = ["--module", "tests.snni.compile.test_main:not_exportable", "--calibration", str(calibration)]
    assert main([*options, "--out", str(tmp_path / "out"), "--min-agreement", "0"]) == 0
    assert "no float.pt2 to compare with" in " ".join(capsys.readouterr().out.split())
    assert Bundle.load(tmp_path / "out") and not (tmp_path / "out" / "float.pt2").exists()
