"""The plan: round trip, a stable hash, and no plan that a party should not run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snni.errors import BundleError
from snni.model.plan import MAX_PLAN_BYTES, Plan
from snni.model.steps import Add, Argmax, Conv, MaxPool, Relu, SumPool
from snni.model.values import ValueSpec
from snni.model.windowed import pooled_size
from tests.support.waiting import PATIENCE_S


def small_plan() -> Plan:
    """conv, max-pool, relu; its value twice as large added to itself; sum, argmax."""
    shapes: dict[str, tuple[tuple[int, int, int], int]] = {
        **{"x": ((2, 8, 8), 20), "acc": ((4, 8, 8), 20), "pooled": ((4, 4, 4), 13), "act": ((4, 4, 4), 16)},
        **{"sum": ((4, 4, 4), 16), "scores": ((4, 1, 1), 16), "level": ((1, 1, 1), 2)},
    }
    ones = {"stride": (1, 1), "padding": (0, 0)}
    return Plan(
        name="small",
        input="x",
        output="level",
        input_shape=(2, 8, 8),
        input_bits=20,
        values={name: ValueSpec(shape=shape, ring_bits=bits) for name, (shape, bits) in shapes.items()},
        steps=(
            Conv(
                **{"name": "conv", "x": "x", "y": "acc", "out_channels": 4, "groups": 1, "ring_bits": 20},
                **{"kernel": (3, 3), "stride": (1, 1), "padding": (1, 1)},
            ),
            MaxPool(
                **{"name": "pool", "x": "acc", "y": "pooled", "kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)},
                **{"ceil_mode": False, "shift": 7, "window": 13},
            ),
            Relu(name="relu", x="pooled", y="act", shift=0, window=13, out_bits=16),
            Add(name="add", xs=("act", "act"), y="sum", out_bits=16, left_shifts=(1, 0)),
            SumPool(name="mean", x="sum", y="scores", kernel=(4, 4), **ones),
            Argmax(name="level", x="scores", y="level", window=16),
        ),
        levels=4,
    )


def parsed(change: dict[str, Any]) -> Plan:
    """The small plan's JSON with top-level keys replaced."""
    return Plan.from_json(json.dumps(json.loads(small_plan().to_json()) | change).encode())


def with_step(index: int, **change: Any) -> Plan:
    steps = json.loads(small_plan().to_json())["steps"]
    steps[index] |= change
    return parsed({"steps": steps})


def test_json_round_trip_keeps_plan_and_hash() -> None:
    plan = small_plan()
    again = Plan.from_json(plan.to_json())
    assert again == plan
    assert again.plan_hash == plan.plan_hash
    assert again.to_json() == plan.to_json()


def test_a_plan_may_name_its_crop_and_one_without_has_the_hash_it_always_had() -> None:
    plan = small_plan()
    assert b"crop" not in plan.to_json() and plan.crop_format == "8x8x2"
    named = Plan.from_json(parsed({"crop": "8x8x2-close"}).to_json())
    assert named.crop_format == named.crop == "8x8x2-close" and named.plan_hash != plan.plan_hash
    assert Plan.from_json(json.dumps(json.loads(plan.to_json()) | {"crop": None}).encode()).plan_hash == plan.plan_hash


@pytest.mark.parametrize("crop", ["", "Close", "a b", "x" * 65, 3])
def test_a_crop_that_is_no_name_is_refused(crop: object) -> None:
    with pytest.raises(BundleError, match="crop"):
        parsed({"crop": crop})


def test_hash_is_the_same_in_another_process_and_for_other_whitespace() -> None:
    plan = small_plan()
    loose = json.dumps(json.loads(plan.to_json()), indent=3)
    program = "import sys; from snni.model.plan import Plan; print(Plan.from_json(sys.stdin.buffer.read()).plan_hash)"
    result = subprocess.run(
        [sys.executable, "-c", program], input=loose.encode(), capture_output=True, check=True, timeout=PATIENCE_S
    )
    assert result.stdout.decode().strip() == plan.plan_hash


def test_bits_ignored_are_written_where_there_are_any() -> None:
    """A plan from before them keeps its hash."""
    step = next(step for step in small_plan().steps if isinstance(step, Relu))
    assert "ignored" not in step.model_dump()
    ignoring = step.model_copy(update={"ignored": 2})
    assert ignoring.model_dump()["ignored"] == 2 and Relu.model_validate(ignoring.model_dump()) == ignoring
    with pytest.raises(ValueError, match="more bits ignored"):
        step.model_copy(update={"ignored": step.window - 1}).infer([ValueSpec(shape=(1, 1, 1), ring_bits=26)])


def test_hash_is_pinned() -> None:
    assert small_plan().plan_hash == "d16db657a7d5e93d5b8cc2f8594c04e4046da682092f9875d35193d672f5ef80"


@pytest.mark.parametrize("field,value", [("name", "other"), ("weights_commitment", "0" * 64)])
def test_any_change_changes_the_hash(field: str, value: str) -> None:
    assert parsed({field: value}).plan_hash != small_plan().plan_hash


def test_reading_a_plan_needs_neither_torch_nor_safetensors() -> None:
    program = "import sys, snni.model.plan; print([m for m in ('torch', 'safetensors', 'numpy') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=PATIENCE_S)
    assert result.stdout.decode().strip() == "[]"


@pytest.mark.parametrize(
    "change,message",
    [
        ({"input": "y"}, "not among the values"),
        ({"input_bits": 19}, "disagrees"),
        ({"input_bits": 27}, "less than or equal to 26"),
        ({"input_bits": 20.5}, "int"),
        ({"name": "a b"}, "pattern"),
        ({"name": "ok\n"}, "pattern"),
        ({"levels": 3}, "levels"),
        ({"output": "scores"}, "output"),
        ({"format": 2}, "format"),
        ({"surprise": 1}, "surprise"),
        ({"steps": []}, "steps"),
        ({"weights_commitment": "zz"}, "weights_commitment"),
    ],
)
def test_wrong_fields_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        parsed(change)


@pytest.mark.parametrize(
    "index,change,message",
    [
        (0, {"ring_bits": 21}, "step conv: needs 21 ring bits"),
        (0, {"ring_bits": 19}, "step conv: value acc is declared otherwise"),
        (0, {"groups": 3}, "groups do not divide"),
        (0, {"stride": [0, 1]}, "stride"),
        (0, {"kernel": [3, 300]}, "step conv"),
        (0, {"padding": [3, 1]}, "padding reaches past"),
        (0, {"x": "act"}, "before it is made"),
        (1, {"shift": 8}, "window wider"),
        (1, {"shift": -1}, "shift"),
        (1, {"ceil_mode": 1}, "ceil_mode"),
        (2, {"out_bits": 12}, "out_bits below the window"),
        (2, {"op": "gelu"}, "steps.2"),
        (2, {"name": "conv"}, "named twice"),
        (2, {"y": "acc"}, "made twice"),
        (3, {"left_shifts": [1]}, "as many left shifts"),
        (3, {"out_bits": 18}, "out_bits above"),
        (3, {"xs": ["act"]}, "xs"),
        (3, {"xs": ["act", "pooled"]}, "out_bits above 13"),
        (5, {"window": 17}, "window wider"),
    ],
)
def test_wrong_steps_are_named(index: int, change: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        with_step(index, **change)


def test_values_nobody_makes_or_reads_are_refused() -> None:
    values = json.loads(small_plan().to_json())["values"]
    with pytest.raises(BundleError, match="no step makes"):
        parsed({"values": values | {"extra": {"shape": [1, 1, 1], "ring_bits": 2}}})
    steps = json.loads(small_plan().to_json())["steps"]
    steps[4] |= {"x": "act"}
    with pytest.raises(BundleError, match="no step reads"):
        parsed({"steps": steps})


def huge(shape: list[int], out_channels: int, kernel: list[int]) -> dict[str, Any]:
    """A well-formed plan of one convolution."""
    out = [out_channels, shape[1] - kernel[0] + 1, shape[2] - kernel[1] + 1]
    conv = {"op": "conv", "name": "c", "x": "x", "y": "a", "out_channels": out_channels, "kernel": kernel}
    conv |= {"stride": [1, 1], "padding": [0, 0], "groups": 1, "ring_bits": 16}
    flat = {"op": "sumpool", "name": "p", "x": "a", "y": "s", "kernel": [1, 1], "stride": out[1:], "padding": [0, 0]}
    values = {"x": shape, "a": out, "s": [out_channels, 1, 1]}
    return {
        "input_shape": shape,
        "input_bits": 16,
        "values": {n: {"shape": s, "ring_bits": 16} for n, s in values.items()}
        | {"level": {"shape": [1, 1, 1], "ring_bits": max(2, (out_channels - 1).bit_length())}},
        "steps": [conv, flat, {"op": "argmax", "name": "m", "x": "s", "y": "level", "window": 16}],
        "levels": out_channels,
    }


@pytest.mark.parametrize(
    "shape,out_channels,kernel,message",
    [
        ([3, 4000, 4000], 4, [3, 3], "elements"),
        ([1 << 20, 1, 1], 4, [1, 1], "fan-in"),
        ([3, 1 << 30, 1], 4, [1, 1], "1048576"),
        ([2048, 40, 40], 2048, [9, 9], "weights|multiplications"),
        ([4, 1000, 1000], 4, [300, 300], "window too large"),
    ],
)
def test_hostile_sizes_are_refused(shape: list[int], out_channels: int, kernel: list[int], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        parsed(huge(shape, out_channels, kernel))


def test_the_same_shape_of_plan_is_accepted_when_small() -> None:
    assert parsed(huge([3, 40, 40], 4, [3, 3])).levels == 4


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 40), 1 << 40) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.data())
def test_mutated_plans_are_valid_or_refused(data: st.DataObject) -> None:
    """One leaf of the JSON replaced by anything: a BundleError, or a plan whose sizes are within bounds."""
    document = json.loads(small_plan().to_json())
    where: Any = document
    while True:
        keys = list(where) if isinstance(where, dict) else list(range(len(where)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(where[key], dict | list) or not where[key] or data.draw(st.booleans()):
            break
        where = where[key]
    where[key] = data.draw(json_values | st.integers(0, 30) | st.sampled_from(["x", "acc", "act", "sum", "level"]))
    try:
        plan = Plan.from_json(json.dumps(document).encode())
    except BundleError:
        return
    assert Plan.from_json(plan.to_json()) == plan
    assert sum(value.elements for value in plan.values.values()) < 1 << 27


@given(st.binary(max_size=64))
def test_bytes_that_are_no_plan_are_refused(content: bytes) -> None:
    with pytest.raises(BundleError):
        Plan.from_json(content)


def test_load_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with pytest.raises(BundleError, match=r"plan\.json: No such file"):
        Plan.load(path)
    path.write_bytes(b"{")
    with pytest.raises(BundleError, match=r"plan\.json: "):
        Plan.load(path)
    path.write_bytes(b" " * (MAX_PLAN_BYTES + 1))
    with pytest.raises(BundleError, match="at most"):
        Plan.load(path)
    path.write_bytes(small_plan().to_json())
    assert Plan.load(path) == small_plan()


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), st.integers(0, 3), st.booleans())
def test_pooled_size_counts_windows(size: int, kernel: int, stride: int, padding: int, ceil_mode: bool) -> None:
    """Counted one by one: floor takes whole windows, ceil also one that starts inside size + padding."""
    padding = min(padding, kernel // 2)
    end = size + 2 * padding
    if kernel > end:
        with pytest.raises(ValueError):
            pooled_size(size, kernel, stride, padding, ceil_mode)
        return
    whole = [start for start in range(0, end, stride) if start + kernel <= end]
    cut = [s for s in range(0, size + padding, stride) if s == whole[-1] + stride and whole[-1] + kernel < end]
    assert pooled_size(size, kernel, stride, padding, ceil_mode) == len(whole) + (len(cut) if ceil_mode else 0)
