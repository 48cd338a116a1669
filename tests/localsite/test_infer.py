"""./run infer on the shipped network: two operating-system processes, TLS between them, shipped parameters."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from localsite import parties
from localsite.infer import DRAWS, USAGE_ERROR, main
from snni.model.bundle import Bundle
from tests.snni.drawn import drawn
from tests.support.waiting import PATIENCE_S
from training.data.build import samples_of
from training.synth.splits import seed_of

BUNDLE = Path(__file__).parents[2] / "models" / "squeezenet-synthetic"


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    kept, _ = samples_of(seed_of("test", 9000), per_level=1)
    path = tmp_path_factory.mktemp("crops") / "crops.npy"
    images = np.stack([sample.crop.transpose(2, 0, 1) for sample in kept])[:3]
    np.save(path, images.astype(np.float32) / 255)
    return path


def test_secure_results_stand_beside_the_references_and_the_float_networks(crops, tmp_path):
    """Secure scores are as the ideal's, drawn many times; where these all but agree on a level, it is that one."""
    out = tmp_path / "out.json"
    arguments = ["--bundle", str(BUNDLE), "--input", str(crops), "--scores", "--json", str(out)]
    assert main(arguments) == 0
    report, bundle = json.loads(out.read_text()), Bundle.load(BUNDLE)
    assert len(report["images"]) >= 2 and report["modules"] == []
    pixels = (np.load(crops) * 255).round().astype(np.uint8)
    sure = []
    for image, x in zip(report["images"], pixels, strict=True):
        ideal = drawn(bundle, x)
        ideal.assert_like(image["scores"])
        sure.append(ideal.sure_level)
        assert image["level"] == (np.argmax(image["scores"]) if sure[-1] is None else sure[-1])
        assert sum(image["reference"]["drawn_levels"]) == DRAWS
        assert image["float"]["level"] in range(4)
        assert image["online_bytes"] > 1e7 and image["flights"] > 50
    assert any(level is not None for level in sure)


def open_files(process: Path) -> set[str]:
    """What a process has open or mapped now; files that come and go meanwhile are left out."""
    found: set[str] = set()
    with suppress(OSError):
        found = {line.split()[-1] for line in (process / "maps").read_text().splitlines() if "/" in line}
    with suppress(OSError):
        for link in (process / "fd").iterdir():
            with suppress(OSError):
                found.add(str(link.readlink()))
    return found


def test_the_client_process_opens_no_weights(crops, tmp_path, pki):
    """It is given certificates and images; its open files and memory maps name no bundle and no torch."""
    for zone in ("edge", "room"):
        (tmp_path / zone).mkdir()
    images = (np.load(crops)[:2] * 255).round().astype(np.uint8)
    np.save(tmp_path / "room" / "images.npy", images)
    edge = parties.server(BUNDLE, tmp_path / "edge", pki).start()
    plan_hash = Bundle.load(BUNDLE).plan.plan_hash
    arguments = ("--images", str(tmp_path / "room" / "images.npy"), "--out", str(tmp_path / "room" / "report.json"))
    room = parties.client(tmp_path / "room", pki, edge.ports()["snni"], plan_hash, arguments).start()
    seen: set[str] = set()
    try:
        while room.running:
            seen |= open_files(Path(f"/proc/{room.pid}"))
            time.sleep(0.05)
        assert room.wait(PATIENCE_S) == 0, room.log.read_text()[-2000:]
    finally:
        room.stop()
        edge.stop()
    assert any("_linear" in name for name in seen), "the files were not listed"
    assert not [name for name in seen if "safetensors" in name or "/torch/" in name or "squeezenet" in name]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing", None, "no such file"),
        ("shape", np.zeros((2, 3, 5, 5), np.float32), "the bundle takes"),
        ("range", np.full((1, 3, 224, 224), 3.0, np.float32), "floats in [0, 1]"),
        ("type", np.zeros((1, 3, 224, 224), np.int64), "uint8 pixels"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path, capsys, name, content, says):
    path = tmp_path / "x.npy"
    if content is not None:
        np.save(path, content)
    arguments = ["--bundle", str(BUNDLE), "--input", str(path), "--json", str(tmp_path / "o.json")]
    assert main(arguments) == USAGE_ERROR, name
    assert says in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(("content", "says"), [(b"# Veilward\n", "not a .npy array"), (None, "several arrays")])
def test_input_that_is_no_array_is_one_clear_line(tmp_path, capsys, content, says):
    path = tmp_path / "x.npz"
    np.savez(path, levels=np.zeros(1))
    if content is not None:
        path.write_bytes(content)
    arguments = ["--bundle", str(BUNDLE), "--input", str(path), "--json", str(tmp_path / "o.json")]
    assert main(arguments) == USAGE_ERROR
    said = capsys.readouterr().err.replace("\n", " ")
    assert says in said and "pickle" not in said


def test_a_directory_that_is_no_bundle_is_one_clear_line(tmp_path):
    command = [
        sys.executable,
        "-m",
        "localsite.infer",
        "--bundle",
        str(tmp_path),
        "--input",
        "x.npy",
        "--json",
        "o.json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == USAGE_ERROR and "plan.json" in done.stderr and "Traceback" not in done.stderr
