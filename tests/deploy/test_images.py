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
TARGETS = {service.replace("_", "-"): service for service in SERVICES}
BASE = "docker.io/library/debian:bookworm-slim"
ASSEMBLE = re.compile(r"sh assemble\.sh (\w+) (.+)")
STAGES = {stage.alias: stage for stage in read(IMAGES / "Dockerfile")}


def target(service: str) -> Stage:
    """The stage that is a service's image."""
    return STAGES[service.replace("_", "-")]


def kept(service: str) -> set[str]:
    """Folders of the wheel that the image keeps, as module names."""
    (text,) = STAGES[f"files-{service.replace('_', '-')}"].all("RUN")
    found = ASSEMBLE.fullmatch(text)
    assert found and found[1] == service
    return {folder.replace("/", ".") for folder in found[2].split()}


def pruned(service: str) -> set[str]:
    """Folders of the wheel that it does not keep."""
    every = {f"services.{path.name}" for path in (ROOT / "services").iterdir() if (path / "__init__.py").is_file()}
    return (every | set(PACKAGES) - {"services"}) - kept(service)


def locked(name: str) -> dict[str, str]:
    """Name to version, of a lock."""
    text = (IMAGES / "lock" / f"{name}.txt").read_text()
    return {found[1]: found[2] for found in re.finditer(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", text, re.MULTILINE)}


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


def test_every_service_has_a_target_and_nothing_else_has() -> None:
    assert {name for name, stage in STAGES.items() if stage.all("ENTRYPOINT")} == set(TARGETS)
    assert not [path.name for path in IMAGES.iterdir() if path.name.endswith(".Dockerfile")]


def test_there_is_one_base_which_can_be_pinned_from_outside() -> None:
    text = (IMAGES / "Dockerfile").read_text()
    assert f"ARG BASE={BASE}\n" in text
    assert STAGES["python"].base == "${BASE}"
    assert {stage.base for stage in STAGES.values()} <= {"${BASE}", "python", "python-sodium", "build"}
    assert sum(len(re.findall("pip wheel", one)) for stage in STAGES.values() for one in stage.all("RUN")) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_runs_without_root_and_through_an_entry_point_of_the_project(service: str) -> None:
    final = target(service)
    assert final.all("USER") == ["65532:65532"]
    (entry,) = final.all("ENTRYPOINT")
    command = json.loads(entry)
    assert command == [f"veilward-{service.replace('_', '-')}"]
    module, _, function = PROJECT["project"]["scripts"][command[0]].partition(":")
    assert module == f"services.{service}.main"
    assert function == "main"
    assert not final.all("CMD")
    (label,) = final.all("LABEL")
    assert f'org.opencontainers.image.version="{PROJECT["project"]["version"]}"' in label
    assert 'org.opencontainers.image.licenses="Apache-2.0"' in label


@pytest.mark.parametrize("service", [*SERVICES, "build"])
def test_everything_installed_is_locked_by_hash_and_names_no_registry(service: str) -> None:
    text = (IMAGES / "lock" / f"{service}.txt").read_text()
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert re.match(r"[a-z0-9._-]+==", entry), entry
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize("service", SERVICES)
def test_locks_hold_what_the_project_asks_for_in_one_version_and_no_torch(service: str) -> None:
    asked = PROJECT["project"]["dependencies"] + extra_requirements(EXTRAS.get(service, service))
    names = {re.split(r"[<>=\[ ]", one)[0].lower().replace("_", "-") for one in asked}
    found = locked(service)
    assert names <= set(found), "run deploy/images/lock/renew"
    assert not {"torch", "tensorflow", "pip", "setuptools", "pytest"} & set(found)
    for other in SERVICES:
        both = found.keys() & locked(other).keys()
        assert {name: found[name] for name in both} == {name: locked(other)[name] for name in both}


def test_only_who_computes_on_arrays_carries_numpy() -> None:
    assert {service for service in SERVICES if "numpy" in locked(service)} == set(SERVICES) - {"alerts"}


def test_builds_from_the_folders_of_the_wheel_and_copies_nothing_else() -> None:
    copied = {name for text in STAGES["build"].all("COPY") for name in text.split()[:-1]}
    files = {
        "pyproject.toml",
        "CMakeLists.txt",
        "README.md",
        "LICENSE",
        "deploy/images/lock",
        "deploy/images/lock/build.txt",
    }
    assert copied == files | {"deploy/images/assemble.sh"} | set(PACKAGES)
    assert not [one for stage in STAGES.values() for one in stage.all("ADD")]
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    needed = {"deploy/images", "models/expression-real"}
    assert sent == {name for name in copied if not name.startswith("deploy/")} | needed


@pytest.mark.parametrize("service", SERVICES)
def test_takes_its_own_files_from_the_build_and_nothing_else(service: str) -> None:
    name = service.replace("_", "-")
    first, *rest = target(service).all("COPY")
    assert first == f"--from=files-{name} /opt/veilward /opt/veilward"
    assert "models" not in PACKAGES, "the wheel would carry the weights into every image"
    assert target(service).all("RUN") == []
    if service != "snni_server":
        assert rest == []
        return
    owner, *names, folder = rest[0].split()
    assert owner == "--chown=65532:65532"
    assert {Path(name).name for name in names} == {"plan.json", "card.md", "weights.safetensors", "NOTICE"}
    assert {f"/opt/veilward/{Path(name).parent}/" for name in names} == {folder}


@pytest.mark.parametrize("service", SERVICES)
def test_no_setting_and_no_secret_is_baked_in(service: str) -> None:
    text = "\n".join(f"{one.name} {one.text}" for one in target(service).instructions)
    assert "VEILWARD_" not in text
    assert not re.search(r"secret|token|password|\.pem|\.key\b|ARG ", text, re.IGNORECASE)


@pytest.mark.parametrize("service", SERVICES)
def test_sodium_only_where_the_engine_is_and_no_compiler_anywhere(service: str) -> None:
    assert (target(service).base == "python-sodium") == ("snni" in kept(service))
    installed = " ".join(text for name in ("python", "python-sodium") for text in STAGES[name].all("RUN"))
    assert "libsodium23" in installed
    assert not re.search(r"-dev\b|g\+\+|gcc|pip", installed)


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
    [
        *((one, f"services.{one}.main") for one in SERVICES),
        ("snni_client", "services.bus.provision"),
        ("ingest", "services.probe.main"),
        *((one, "services.runtime.tool") for one in SERVICES),
    ],
)
def test_imports_without_what_its_image_lacks(service: str, module: str) -> None:
    gone = sorted(pruned(service)) + ["torch", "rich"] + ([] if "numpy" in locked(service) else ["numpy"])
    command = [sys.executable, "-c", PROBE, module, *gone]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("service", SERVICES)
def test_the_doctor_looks_from_its_image(service: str) -> None:
    """It finds what it looks at by folder, with what the image has."""
    gone = sorted(pruned(service)) + ["torch", "rich"] + ([] if "numpy" in locked(service) else ["numpy"])
    probe = PROBE.replace(".main)", ".EXAMINATION.looks)")
    assert probe != PROBE
    command = [sys.executable, "-c", probe, f"services.{service}.doctor", *gone]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("service", SERVICES)
def test_keeps_no_other_service(service: str) -> None:
    own = {name for name in kept(service) if name.startswith("services.")}
    own -= {"services.probe"} if service == "ingest" else set()  # a pod of its own, of the same packages
    assert own <= {f"services.{service}", "services.bus", "services.site", "services.runtime"}
    assert {f"services.{service}", "services.runtime"} <= own
