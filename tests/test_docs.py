"""The documents against the repository: commands, options, paths, links, settings, subjects, figures of the code."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from localsite.infer import DRAWS
from services.alerts.change_journal import PENDING_LIMIT
from services.alerts.notify.outbox import REMEMBERED
from services.alerts.notify.webhook import LONGEST_PAUSE_S, WAITING_LIMIT
from services.alerts.policy.rules import Rules
from services.alerts.policy.technical import STATES, Severity
from services.alerts.settings import AlertsSettings
from services.alerts.state.camera_record import LEVELS_KEPT
from services.alerts.state.redis_store import RedisStore
from services.bus import streams
from services.bus.messages import MAX_JSON_BYTES
from services.bus.nats_config import HUB_MAX_PAYLOAD
from services.bus.subjects import FAMILIES
from services.ingest.settings import IngestSettings
from services.keyframe.settings import KeyframeSettings
from services.snni_client.scorer import ACK_WAIT_S
from services.snni_client.settings import SnniClientSettings
from snni.compile.scales import ACTIVATION_BITS
from snni.compile.windows import IGNORED_BITS
from snni.twoparty.session.client import PING_S, Target
from training.backbones import NAMES
from training.data.build import FRONT, HOURS
from training.datasets.catalogue import LAYOUTS
from training.networks.registry import COMPILED
from training.recipe.files import paths

ROOT = Path(__file__).parents[1]
MANUALS = tuple(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", *MANUALS)
TEXTS = {name: (ROOT / name).read_text() for name in DOCUMENTS}
RUN = (ROOT / "run").read_text()
MADE_BY_COMMANDS = ("runs/",)
SOURCES = {
    "demo": "demo/launch.py",
    "infer": "localsite/infer.py",
    "compile": "snni/compile/__main__.py training/commands/compile.py",
    "train": "training/engine/options.py training/commands/default.py training/commands/landmarks.py "
    "training/commands/prepare.py training/commands/recipe.py training/commands/aware.py training/commands/distil.py",
    "evaluate": "training/commands/evaluate.py",
    "explain": "training/commands/explain.py training/commands/evaluate.py",
    "test": "run",
}
SETTINGS = {
    "INGEST": "services.ingest.settings:IngestSettings",
    "KEYFRAME": "services.keyframe.settings:KeyframeSettings",
    "SNNI_CLIENT": "services.snni_client.settings:SnniClientSettings",
    "SNNI_SERVER": "services.snni_server.settings:SnniServerSettings",
    "ALERTS": "services.alerts.settings:AlertsSettings",
}

FILE = re.compile(r"[\w./-]+/[\w-]+\.(py|md|toml|ya?ml|conf|json|svg|png|cpp|hpp|h|sh)")
SETTING = re.compile(r"VEILWARD_(SNNI_CLIENT|SNNI_SERVER|INGEST|KEYFRAME|ALERTS)_([A-Z_]+)")

every_document = pytest.mark.parametrize("name", DOCUMENTS)


def commands() -> set[str]:
    """The commands of ./run: the labels of its last case statement."""
    cases = RUN.rsplit("case $command in", 1)[1].split("\nesac", 1)[0]
    return {label.strip() for line in re.findall(r"^  ([a-z |-]+)\)", cases, re.M) for label in line.split("|")}


def paths_of(text: str) -> Iterator[str]:
    """What in backticks looks like a path of the repository: it begins at a top-level name, or ends like a file."""
    tops = {path.name for path in ROOT.iterdir()}
    for code in re.findall(r"`([^`\s]+)`", text):
        rooted = re.fullmatch(r"\.?[\w-]+(/[\w.*-]+)*/?", code) and "/" in code and code.split("/")[0] in tops
        if rooted or FILE.fullmatch(code):
            yield code


def defaults(kind: Any) -> dict[str, Any]:
    """A settings class's defaults by field."""
    return {name: field.default for name, field in kind.model_fields.items()}


# --- commands -------------------------------------------------------------------------------------------------------


@every_document
def test_every_command_is_one(name: str) -> None:
    said = set(re.findall(r"\./run ([a-z][a-z-]*)", TEXTS[name]))
    assert said <= commands()


def test_every_command_is_told() -> None:
    listed = {one for one in commands() if not one.startswith("-")}
    assert len(listed) >= 8
    assert listed == set(re.findall(r"^\| `\./run ([a-z]+)` \|", TEXTS["docs/commands.md"], re.M))


def test_the_first_page_shows_how_to_try_it() -> None:
    assert {"demo", "test"} <= set(re.findall(r"^\./run ([a-z]+)", TEXTS["README.md"], re.M))


def test_the_first_page_is_short_and_leads_to_every_manual() -> None:
    """Two screens of fifty lines, and no manual that nobody finds."""
    assert len(TEXTS["README.md"].splitlines()) <= 100
    assert len(MANUALS) >= 5
    assert set(MANUALS) <= set(re.findall(r"\]\(([^)#\s]+)", TEXTS["README.md"]))


def test_no_sentence_stands_on_two_pages() -> None:
    """What is said twice is mended once: sentences of twelve words or more are on one page only."""
    where: dict[str, str] = {}
    for name, text in TEXTS.items():
        for paragraph in re.sub(r"```.*?```", "", text, flags=re.S).split("\n\n"):
            for sentence in re.split(r"(?<=[.:|])\s", re.sub(r"\s+", " ", paragraph)):
                if len(sentence.split()) >= 12:
                    assert where.setdefault(sentence, name) == name, f"{where[sentence]} and {name}: {sentence}"


@every_document
def test_every_option_is_taken(name: str) -> None:
    for command, rest in re.findall(r"\./run ([a-z]+)((?:[^`\n]|\\\n)*)", TEXTS[name]):
        words = rest.split("#")[0].split()
        source = f"bench/{words[0]}.py" if command == "bench" and words else SOURCES.get(command)
        for option in re.findall(r"--[a-z][a-z-]*", rest.split("#")[0]):
            assert source is not None, f"./run {command} takes no options"
            known = "".join((ROOT / one).read_text() for one in source.split())
            assert option == "--help" or re.search(rf'["\s(]{option}["\s)]', known), f"{command} {option}"


def test_the_networks_are_told_and_which_of_them_compile() -> None:
    section = TEXTS["docs/trainer.md"].split("\n## Networks\n", 1)[1].split("\n## ", 1)[0]
    compiled, others = section.split(" compile. ", 1)
    assert set(re.findall(r"`(\w+)`", compiled)) == COMPILED.keys()
    assert set(re.findall(r"`(\w+)`", others)) == set(NAMES) - COMPILED.keys()


def test_the_recipes_are_told() -> None:
    section = TEXTS["docs/trainer.md"].split("\n## Recipes\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", section, re.M)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(paths())


def test_the_data_sets_are_told() -> None:
    section = TEXTS["docs/trainer.md"].split("\n## Photographs that you hold\n", 1)[1].split("\n## ", 1)[0]
    names = {layout.title.split()[0].strip(",") for layout in LAYOUTS if layout.licence}
    assert len(names) >= 5
    assert names <= set(re.split(r"[\s,]+", section))


def test_the_options_of_the_demo_are_taken() -> None:
    section = TEXTS["docs/commands.md"].split("\n## The demo\n", 1)[1]
    taken = re.findall(r'add_argument\("(--[a-z]+)"', (ROOT / SOURCES["demo"]).read_text())
    assert len(taken) >= 7
    assert set(taken) == set(re.findall(r"^\| `(--[a-z]+)", section, re.M))


@every_document
def test_factories_that_are_named_exist(name: str) -> None:
    for module, factory in re.findall(r"--module ([\w.]+):(\w+)", TEXTS[name]):
        if module != "package.module":
            path = ROOT / (module.replace(".", "/") + ".py")
            assert re.search(rf"^(class|def) {factory}\b", path.read_text(), re.M)


# --- paths and links ------------------------------------------------------------------------------------------------


@every_document
def test_every_path_exists(name: str) -> None:
    missing = [
        path for path in paths_of(TEXTS[name]) if not path.startswith(MADE_BY_COMMANDS) and not (ROOT / path).exists()
    ]
    assert not missing


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


@every_document
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
    section = TEXTS["ARCHITECTURE.md"].split("## The repository", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.M)
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
    section = TEXTS["ARCHITECTURE.md"].split("## Where things go", 1)[1].split("\n## ", 1)[0]
    rows = dict(re.findall(r"^\| ([a-z ]+) \| .+? \| (.+?) \|", section, re.M))
    wanted = {
        "operation of the plan",
        "camera source",
        "alarm rule",
        "page",
        "recipe",
        "data set",
        "network",
        "service",
    }
    assert wanted | {"message"} <= set(rows)
    assert all("`" in named or "name is enough" in named for kind, named in rows.items() if kind != "a new")


# --- what must not be said ------------------------------------------------------------------------------------------


@every_document
def test_no_host_and_no_machine(name: str) -> None:
    assert not re.findall(r"https?://[a-z0-9]", TEXTS[name])
    assert not re.findall(r"\b[a-z0-9-]+\.(?:com|org|net|io|dev|co)\b", TEXTS[name])
    assert not re.findall(r"(?<![\w.<>~-])/(?:home|root|work|tmp|opt|var|etc|usr|mnt|Users)\b", TEXTS[name])


@every_document
def test_nothing_is_promised(name: str) -> None:
    assert not re.findall(r"\b(?:for now|placeholder|coming soon|TBD|FIXME)\b", TEXTS[name], re.I)


def test_it_is_said_what_this_is_not() -> None:
    for name in ("README.md", "SECURITY.md", "docs/operator.md"):
        assert "not a medical device" in re.sub(r"[\s*]+", " ", TEXTS[name])
    for name in ("README.md", "SECURITY.md"):
        assert "synthetic faces only" in re.sub(r"[\s*]+", " ", TEXTS[name])
    assert "not for clinical use" in TEXTS["README.md"]


def measured() -> list[str]:
    """Words that stand between README's marks, from bench/results and from the shipped network's card."""
    results = ROOT / "bench" / "results"
    local, far, capacity = (
        json.loads((results / f"squeezenet-{name}.json").read_text()) for name in ("loopback", "5g", "capacity")
    )
    alone, shared, cores = local["batch_1"], local["amortised"], capacity["extrapolated"]["cameras_per_server_core"]
    online, ahead, memory = alone["online"], shared["offline"], shared["memory"]
    ahead_s, ahead_bytes = ahead["seconds"]["median"], ahead["bytes"]["median"]
    card = (ROOT / "models" / "squeezenet-synthetic" / "card.md").read_text()
    rows = {line[2:].split(" | ")[0]: line.strip("| ").split(" | ") for line in card.splitlines() if line[:2] == "| "}
    whole, bare, glasses = (rows[name] for name in ("everybody", "glasses: without glasses", "glasses: with glasses"))

    def percent(cell: str) -> str:
        return f"{100 * float(cell):.1f} %"

    return [
        f"medians of {alone['frames']} images",
        f"{online['seconds']['median']:.2f} s, {online['bytes'] / 1e6:.1f} MB both ways, {online['flights']} one-way",
        f"| {far['batch_1']['online']['seconds']['median']:.2f} s |",
        f"amortised over {shared['batch']} | {ahead_s:.2f} s, {ahead_bytes / 1e6:.1f} MB",
        f"| {memory['client_stored_bytes'] / 1e6:.0f} / {memory['server_stored_bytes'] / 1e6:.0f} MB |",
        f"at a keyframe every {capacity['options']['period']:g} s | {cores} |",
        f"on {whole[2]} crops of {whole[1]} drawn people that it never saw: {percent(whole[3])} equal",
        f"pain found in {percent(whole[-2])}, none found in {percent(whole[-1])}",
        f"without glasses {percent(bare[3])}, with {percent(glasses[3])}",
    ]


@pytest.mark.parametrize("words", measured())
def test_what_is_measured_is_what_was_found(words: str) -> None:
    text = TEXTS["README.md"]
    assert text.count("<!-- measured:begin -->") == text.count("<!-- measured:end -->") == 1
    between = text.split("<!-- measured:begin -->")[1].split("<!-- measured:end -->")[0]
    assert words in re.sub(r"\s+", " ", between)


# --- what is code ---------------------------------------------------------------------------------------------------


@every_document
def test_every_setting_is_one(name: str) -> None:
    for service, field in re.findall(
        r"VEILWARD_(SNNI_CLIENT|SNNI_SERVER|INGEST|KEYFRAME|ALERTS)_([A-Z_]+)", TEXTS[name]
    ):
        module, _, kind = SETTINGS[service].partition(":")
        assert field.lower() in getattr(import_module(module), kind).model_fields


def test_every_technical_state_is_explained_to_the_operator() -> None:
    section = TEXTS["docs/operator.md"].split("\n## Technical alarms\n", 1)[1]
    rows, milder = (
        set(re.findall(r"^\| ([A-Z][^|]+?) \|", section, re.M)),
        set(re.findall(r"\*([A-Z][^*]+)\*", section)),
    )
    alarms = {text for severity, text in STATES.values() if severity is Severity.ALARM}
    assert milder == {text for severity, text in STATES.values() if severity is Severity.ADVICE}
    assert alarms < rows
    code = (ROOT / "services" / "alerts" / "policy" / "technical.py").read_text()
    assert all(f'"{text}"' in code for text in rows - alarms)


@every_document
def test_every_subject_is_in_the_registry(name: str) -> None:
    shapes = {f"{one.noun}.v1." + ".".join(f"<{scope}>" for scope in one.scope) for one in FAMILIES}
    said = {one for one in re.findall(r"`([a-z]+\.v1\.[^`]+)`", TEXTS[name]) if "..." not in one}
    assert said <= shapes
    if name == "ARCHITECTURE.md":
        assert said == shapes


def figures() -> list[tuple[str, str]]:
    """(document, words that must stand there), the figures taken from the code."""
    rules, ward = Rules(), defaults(AlertsSettings)
    keyframe, ingest, room = defaults(KeyframeSettings), defaults(IngestSettings), defaults(SnniClientSettings)
    out, hub, crops = streams.out_stream(), streams.ward_stream(["room-1"]), streams.crops_stream()
    out_days, hub_days = (out.max_age or 0) / streams.DAY_S, (hub.max_age or 0) / streams.DAY_S
    history = RedisStore.__init__.__kwdefaults__["history_kept"]
    architecture = [
        f"two levels of {rules.raise_level} or more within {rules.repeat_window_s:g} s",
        f"one level 3 that nothing calmer follows for {rules.hold_s:g} s",
        f"levels of {rules.clear_level} or less, two at least, over {rules.clear_after_s:g} s",
        f"evidence older than {rules.stale_after_s:g} s is a technical state",
        f"An acknowledgement expires after {rules.ack_timeout_s:g} s",
        f"Every {keyframe['period_s']:g} s a frame is a candidate",
        f"after {keyframe['max_silence_s']:g} s the next frame is a keyframe",
        {1.0: "One frame a second is converted"}[ingest["sample_period_s"]],
        f"whose decoding is {ingest['max_lag_s']:g} s behind",
        f"no picture for {ingest['stall_s']:g} s",
        f"told after {ingest['hold_s']:g} s",
        f"silent for {ingest['takeover_s']:g} s",
        f"whose frame is older than {room['crop_max_age_s']:g} s is skipped",
        f"({room['reconnect_min_s']:g} s to {room['reconnect_max_s']:g} s)",
        f"would come again after {ACK_WAIT_S:g} s",
        f"asks every {PING_S:g} s on the control connection and waits at most {Target.timeout_s:g} s",
        f"OUT: leaf, file, {out_days:g} days; WARD: hub, file, {hub_days:g} days",
        f"({out_days:g} days or {(out.max_bytes or 0) / streams.MIB:g} MiB)",
        f"one per camera (the newest), {crops.max_age:g} s",
        f"up to {PENDING_LIMIT:,} changes wait in memory",
        f"pauses that grow to {LONGEST_PAUSE_S:g} s",
        f"More than {WAITING_LIMIT:,} waiting",
        {3600.0: "without Redis the last hour of the stream"}[ward["rebuild_window_s"]],
    ]
    security = [
        f"{MAX_JSON_BYTES // 1024} KiB of JSON at most",
        f"OUT and WARD take {streams.EVENT_MAX_BYTES // 1024} KiB a message",
        f"the hub {HUB_MAX_PAYLOAD // 1024} KiB",
        f"and the last {REMEMBERED:,} that were",
        f"the last {history} cleared ones, the last {LEVELS_KEPT} levels",
        f"| OUT, on the room device | levels and states by camera | {out_days:g} days at most |",
        f"| WARD, on the hub | the same | {hub_days:g} days |",
    ]
    told = {
        "ARCHITECTURE.md": architecture,
        "SECURITY.md": security,
        "docs/operator.md": [{180.0: "after three minutes it calls again"}[ward["ack_timeout_s"]]],
        "docs/provider.md": [
            f"out of {DRAWS} reference runs that err by chance",
            f"keep {ACTIVATION_BITS} bits, of which comparisons leave out the lowest {IGNORED_BITS};",
        ],
        "docs/trainer.md": [
            f"in {100 * FRONT:g} % of pictures a mask, a tube, a hand or linen",
            f"{100 * (HOURS['night'] + HOURS['infrared']):g} % are seen at night or in infrared",
        ],
    }
    return [(name, words) for name, all_words in told.items() for words in all_words]


@pytest.mark.parametrize(("name", "words"), figures())
def test_figures_are_those_of_the_code(name: str, words: str) -> None:
    assert words in re.sub(r"\s+", " ", TEXTS[name])


def test_ports_are_those_of_the_manifests() -> None:
    rows = re.findall(r"^\| [^|]+-> [^|]+\| TCP (\d+)", TEXTS["ARCHITECTURE.md"], re.M)
    assert len(rows) >= 7
    declared = set()
    for path in (ROOT / "deploy" / "k8s").rglob("*.yaml"):
        declared |= set(re.findall(r"containerPort: (\d+)", path.read_text()))
    assert set(rows) == declared


def test_the_drawing_stands_alone() -> None:
    """Well-formed, described for those who do not see it, with nothing loaded from elsewhere."""
    text = (ROOT / "docs" / "zones.svg").read_text()
    tags = [element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(text).iter()]
    assert {"title", "desc", "style"} <= set(tags)
    assert not {"script", "image", "use", "foreignObject"} & set(tags)
    assert "prefers-color-scheme: dark" in text
    assert not re.findall(r"url\(|href", text)
