"""The images: pinned, small, without privileges, without what their process does not import."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Stage, read
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "deploy" / "images"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["scikit-build"]["wheel"]["packages"]
SERVICES = ("ingest", "keyframe", "snni_client", "snni_server", "alerts")
EXTRAS = {"snni_client": "client", "snni_server": "server"}
PINNED = re.compile(r"python:3\.11\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?")
SITE = "/opt/veilward/lib/python3.11/site-packages"


def stages(service: str) -> tuple[Stage, Stage]:
    """The build stage and the final one."""
    build, final = read(IMAGES / f"{service}.Dockerfile")
    return build, final


def pruned(service: str) -> set[str]:
    """Folders of the wheel that the image does not keep, as module names."""
    removal = next(text for text in stages(service)[0].all("RUN") if text.startswith(f"cd {SITE}"))
    return {folder.replace("/", ".") for folder in removal.split("rm -r ", 1)[1].split()}


def extra_requirements(extra: str) -> list[str]:
    """The requirements of an extra, those of the extras it names included."""
    found: list[str] = []
    for requirement in PROJECT["project"]["optional-dependencies"][extra]:
        inner = re.fullmatch(r"veilward\[(.+)\]", requirement)
        if inner is None:
            found.append(requirement)
        else:
            found += [one for name in inner[1].split(",") for one in extra_requirements(name)]
    return found


def test_every_service_has_an_image_and_nothing_else_has() -> None:
    assert {path.name for path in IMAGES.glob("*.Dockerfile")} == {f"{service}.Dockerfile" for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_bases_are_pinned_and_the_same(service: str) -> None:
    build, final = stages(service)
    assert PINNED.fullmatch(build.base)
    assert build.base == final.base
    assert build.alias == "build"


@pytest.mark.parametrize("service", SERVICES)
def test_runs_without_root_and_through_an_entry_point_of_the_project(service: str) -> None:
    final = stages(service)[1]
    assert final.all("USER") == ["65532:65532"]
    (entry,) = final.all("ENTRYPOINT")
    command = json.loads(entry)
    assert command == [f"veilward-{service.replace('_', '-')}"]
    module, _, function = PROJECT["project"]["scripts"][command[0]].partition(":")
    assert module == f"services.{service}.main"
    assert function == "main"
    assert not final.all("CMD")


@pytest.mark.parametrize("service", SERVICES)
def test_installs_the_wheel_with_its_own_extra_and_no_torch(service: str) -> None:
    build = stages(service)[0]
    extra = EXTRAS.get(service, service)
    install = next(text for text in build.all("RUN") if "pip wheel" in text)
    assert f'"$(ls /wheels/veilward-*.whl)[{extra}]"' in install
    assert not [one for one in extra_requirements(extra) if one.startswith(("torch", "tensorflow"))]


@pytest.mark.parametrize("service", SERVICES)
def test_builds_from_the_folders_of_the_wheel_and_copies_nothing_else(service: str) -> None:
    build, final = stages(service)
    copied = [text.split()[:-1] for text in build.all("COPY")]
    files = {"pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE"}
    assert {name for names in copied for name in names} == files | set(PACKAGES)
    assert not build.all("ADD") + final.all("ADD")
    assert final.all("COPY")[0] == "--from=build /opt/veilward /opt/veilward"


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_edge_holds_a_network_and_only_the_compiled_one(service: str) -> None:
    assert "models" not in PACKAGES, "the wheel would carry the weights into every image"
    rest = stages(service)[1].all("COPY")[1:]
    if service != "snni_server":
        assert rest == []
        return
    owner, *names, target = rest[0].split()
    assert owner == "--chown=65532:65532"
    assert {Path(name).name for name in names} == {"plan.json", "card.md", "weights.safetensors"}
    assert {f"/opt/veilward/{Path(name).parent}/" for name in names} == {target}


@pytest.mark.parametrize("service", SERVICES)
def test_no_setting_and_no_secret_is_baked_in(service: str) -> None:
    text = (IMAGES / f"{service}.Dockerfile").read_text()
    assert "VEILWARD_" not in text
    assert not re.search(r"secret|token|password|\.pem|\.key\b|ARG ", text, re.IGNORECASE)


@pytest.mark.parametrize("service", SERVICES)
def test_sodium_only_where_the_engine_is(service: str) -> None:
    final = stages(service)[1]
    installed = " ".join(final.all("RUN"))
    assert ("libsodium23" in installed) == ("snni" not in pruned(service))
    assert "-dev" not in installed


PROBE = """
import sys
gone = set(sys.argv[2:])
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name in gone or any(name.startswith(one + ".") for one in gone):
            raise ModuleNotFoundError(name + " is not in the image", name=name)
sys.meta_path.insert(0, Gone())
import importlib
assert callable(importlib.import_module(sys.argv[1]).main)
print(" ".join(sorted(name for name in sys.modules if name.split(".")[0] in ("torch", "pytest", "tenseal"))))
"""


@pytest.mark.parametrize(
    ("service", "module"),
    [*((one, f"services.{one}.main") for one in SERVICES), ("snni_client", "services.bus.provision")],
)
def test_imports_without_what_its_image_lacks(service: str, module: str) -> None:
    command = [sys.executable, "-c", PROBE, module, *sorted(pruned(service)), "torch"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("service", SERVICES)
def test_keeps_no_other_service(service: str) -> None:
    folders = {f"services.{path.name}" for path in (ROOT / "services").iterdir() if (path / "__init__.py").is_file()}
    kept = folders - pruned(service)
    assert kept <= {f"services.{service}", "services.bus", "services.site", "services.runtime"}
    assert {f"services.{service}", "services.runtime"} <= kept
