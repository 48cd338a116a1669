"""Paths, links and folders on the pages are there, and every folder is on the map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from tests.docs.pages import ROOT, TEXTS, every_page, section

MADE_BY_COMMANDS = ("runs/",)
FOREIGN = {"libavutil/mem.h", "linux/posix-timers.h"}
"""Headers of others."""
FILE = re.compile(r"[\w./-]+/[\w-]+\.(py|md|toml|ya?ml|conf|json|svg|png|cpp|hpp|h|sh)")


def paths_of(text: str) -> Iterator[str]:
    """What in backticks looks like a path of the repository: it begins at a top-level name, or ends like a file."""
    tops = {path.name for path in ROOT.iterdir()}
    for code in re.findall(r"`([^`\s]+)`", text):
        rooted = re.fullmatch(r"\.?[\w-]+(/[\w.*-]+)*/?", code) and "/" in code and code.split("/")[0] in tops
        if rooted or FILE.fullmatch(code):
            yield code


@every_page
def test_every_path_exists(name: str) -> None:
    missing = [
        path for path in paths_of(TEXTS[name]) if not path.startswith(MADE_BY_COMMANDS) and not (ROOT / path).exists()
    ]
    assert not missing


def test_every_path_that_the_code_names_exists() -> None:
    """In comments, docstrings and texts: from a folder above the file on, or from the kernels' own."""
    sources = ("services", "snni", "faces", "video", "training", "localsite", "demo", "bench")
    told = re.compile(r"(?<![\w./{}-])(?:[\w-]+/)+[\w-]+\.(?:py|md|h|cpp)\b")
    files = [path for top in sources for kind in ("py", "h", "cpp") for path in (ROOT / top).rglob(f"*.{kind}")]
    named = {
        (path, one) for path in files for one in told.findall(re.sub(r"^#include.*", "", path.read_text(), flags=re.M))
    }
    assert len(named) > 50
    missing = [
        f"{path.relative_to(ROOT)}: {one}"
        for path, one in sorted(named)
        if not any((above / one).exists() for above in (*path.parents, ROOT / "snni/native")) and one not in FOREIGN
    ]
    assert missing == []


def test_every_failure_names_the_tests_that_see_it() -> None:
    rows = re.findall(r"^\| (.+) \|$", section("ARCHITECTURE.md", "What fails, and what holds"), re.M)
    assert len(rows) > 40
    for row in rows[1:]:
        tests = [one for one in paths_of(row.split(" | ")[-1]) if re.fullmatch(r"tests/.+/test_\w+\.py", one)]
        assert tests and row.count(" | ") == 2, row


def test_paths_are_recognised() -> None:
    assert list(paths_of("`services/none.py` `plan/x.md` `Wx + b/2` `tests/` `no/such/file.yaml` `frames`")) == [
        "services/none.py",
        "plan/x.md",
        "tests/",
        "no/such/file.yaml",
    ]


def slug(heading: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@every_page
def test_every_link_leads_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", TEXTS[name]) + re.findall(r'(?:src|href)="([^"]+)"', TEXTS[name])
    assert targets or name in ("CONTRIBUTING.md", "docs/glossary.md")
    for target in targets:
        path, _, anchor = unquote(target).partition("#")
        assert ":" not in path, f"{target} is not relative"
        found = (ROOT / name).parent / path if path else ROOT / name
        assert found.is_file(), target
        if anchor:
            assert anchor in {slug(one) for one in re.findall(r"^#+ (.+)$", found.read_text(), re.M)}


def folders(parent: Path) -> set[str]:
    """Folders with something in them that git does not ignore."""
    ignored = {line.strip().strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    return {
        path.name
        for path in parent.iterdir()
        if path.is_dir()
        and path.name not in ignored | {".git"}
        and not path.name.endswith(".egg-info")
        and any(one.is_file() and "__pycache__" not in one.parts for one in path.rglob("*"))
    }


def mapped() -> set[str]:
    """The folders that ARCHITECTURE.md's map names."""
    rows = re.findall(r"^\| (`[^|]+) \|", section("ARCHITECTURE.md", "The repository"), re.M)
    return {path for row in rows for path in re.findall(r"`([^`]+)/`", row)}


def test_the_map_names_every_folder() -> None:
    tops = {name for name in folders(ROOT) if not name.startswith(".")} | {".ci"}
    seconds = {
        f"{top}/{name}" for top in ("services", "snni", "training", "deploy", "tests") for name in folders(ROOT / top)
    }
    assert tops | seconds <= mapped()
    assert all((ROOT / path).is_dir() for path in mapped())


def test_it_is_said_where_each_kind_of_thing_goes() -> None:
    """Each kind has a file to go to and a list to be named in; test_every_path_exists looks for them."""
    rows = dict(re.findall(r"^\| ([a-z ]+) \| .+? \| (.+?) \|", section("ARCHITECTURE.md", "Where things go"), re.M))
    wanted = {
        "operation of the plan",
        "suite",
        "camera source",
        "alarm rule",
        "page",
        "recipe",
        "data set",
        "network",
        "service",
    }
    assert wanted | {"message"} <= set(rows)
    lists = {kind: named for kind, named in rows.items() if kind not in ("a new", "suite")}
    assert all("`" in named or "name is enough" in named for named in lists.values())
