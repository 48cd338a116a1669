"""The wheel that images install: built, unpacked, and imported from an empty directory without the source tree."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAINS = ("ingest", "keyframe", "snni_client", "snni_server", "alerts")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(directory), str(ROOT)]
    command += ["--config-settings", f"build-dir={directory / 'build'}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=directory, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    (wheel,) = directory.glob("veilward-*.whl")
    target = directory / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def run_isolated(target: Path, code: str, cwd: Path) -> str:
    """Python with the wheel and the installed libraries, but without the editable install's import hook."""
    paths = [str(target), sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]]
    start = f"import sys; sys.path[:0] = {paths!r}; "
    done = subprocess.run(
        [sys.executable, "-S", "-c", start + code], capture_output=True, text=True, cwd=cwd, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("service", MAINS)
def test_every_service_imports_from_the_wheel(unpacked, tmp_path, service):
    shown = run_isolated(
        unpacked, f"import services.{service}.main as m, services; print(services.__path__[0])", tmp_path
    )
    assert shown.strip().startswith(str(unpacked))


def test_the_engine_runs_from_the_wheel(unpacked, tmp_path):
    code = "from snni import _aes; from snni.twoparty import _linear, _nonlinear, _ot; from snni.wire import _packing; "
    code += "from snni.twoparty.session.client import Session; print('ok')"
    assert run_isolated(unpacked, code, tmp_path).strip() == "ok"


def test_the_wheel_carries_pages_and_neither_weights_nor_native_sources(unpacked):
    """One wheel goes to every zone, so it must not hold a network: the edge gets its bundle by itself."""
    names = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert any(name.startswith("services/alerts/dashboard/templates/") for name in names)
    assert any(name.startswith("services/alerts/dashboard/static/") for name in names)
    assert not any(name.endswith((".safetensors", ".pt", ".pt2")) for name in names)
    assert not any(name.endswith((".cpp", ".hpp", ".cc", ".h")) for name in names)
    assert not any(name.startswith(("tests/", "bench/", "deploy/")) for name in names)
