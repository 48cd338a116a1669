"""A network's shares on disk: a folder a server with ``plan.json`` and ``share.safetensors``, and what binds them
together.

``commitments.json`` holds the setting, the plan's hash and the SHA-256 of each server's file: equal at all, it says
that the shares are of one sharing. A file's digest gives nothing away: every file holds seeds of 128 random bits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snni.errors import BundleError
from snni.model.bundle import PLAN_FILE, Bundle
from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.model.whole_file import ALL, OWNER_ALONE, write_whole
from snni.multiparty.keys import KEY_BYTES
from snni.multiparty.model import (
    DealerModel,
    EvaluatorModel,
    EvaluatorShare,
    dealer_model,
    dealer_selection,
    drawn_aside,
    evaluator_model,
    evaluator_selection,
    evaluator_shapes,
    selection_shape,
    set_aside,
    share_model,
    share_selection,
    weight_shapes,
)
from snni.multiparty.operations import check_supported
from snni.multiparty.proving_conv import dealer_proves, evaluator_proves
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.select import MAX_FRAMES
from snni.multiparty.video_shape import VideoShape
from snni.wire.packing import U8, U32

SHARE_FILE = "share.safetensors"
COMMITMENTS_FILE = "commitments.json"
SEEDS = "seeds"
"""Tensor name: uint8 [2, 16] at the dealer and the witness, [1, 16] at an evaluator."""
SELECTION = "selection."
SELECTION_SEEDS = "selection.seeds"
SELECTION_SHAPE = "selection.shape"
"""uint32 [2] at the dealer and the witness: rows, frames."""
ASIDE = "aside."
"""Before the name of a step at the dealer of active servers, uint32 as its weights; of ``seed`` and
``selection.seed`` at the witness, or at the evaluators of three, uint8 [1, 16]."""

Tensors = dict[str, NDArray[np.generic]]


def write_shares(
    bundle: Bundle,
    directory: Path,
    selection: NDArray[np.int8] | None = None,
    setting: Setting = Setting.THREE_PASSIVE,
) -> dict[str, str]:
    """Share the bundle's weights anew into ``directory/<role>/``. Returns each file's SHA-256 by role.

    Shares that lie there are never replaced: operators who have the others of theirs could not compute with new ones.

    selection: one-hot rows int8 [n, N] of the frames that a video of N is classified by; shared too.

    Raises:
        ParameterError: the servers cannot compute one of its steps, or classify such a video.
        ValueError: no video has so many frames.
        BundleError: the directory holds shares already, or cannot be written.
    """
    from safetensors.numpy import save

    check_supported(bundle.plan)
    _need_none(directory)
    seeds, first, second = share_model(bundle)
    tensors: dict[Role, Tensors] = {
        Role.DEALER: {SEEDS: _bytes(*seeds)},
        Role.FIRST: {SEEDS: _bytes(first.seed), **first.tensors},
        Role.SECOND: {SEEDS: _bytes(second.seed), **second.tensors},
        Role.WITNESS: {SEEDS: _bytes(*seeds)},
    }
    _put_aside(tensors, [step for step, _ in weight_shapes(bundle.plan)], first, "")
    if selection is not None:
        shape = _video(bundle.plan, selection.shape[1], len(selection))
        picked, *parts = share_selection(shape, selection)
        for role in (Role.DEALER, Role.WITNESS):
            tensors[role] |= {SELECTION_SEEDS: _bytes(*picked), SELECTION_SHAPE: np.array(selection.shape, np.uint32)}
        for role, part in zip(EVALUATORS, parts, strict=True):
            tensors[role] |= {SELECTION_SEEDS: _bytes(part.seed), **part.tensors}
        _put_aside(tensors, [shape.selection], parts[0], SELECTION)
    if not setting.active:
        tensors[Role.DEALER] = {name: part for name, part in tensors[Role.DEALER].items() if not name.startswith(ASIDE)}
    if setting.proved:
        hiding = {name: part for name, part in tensors[Role.WITNESS].items() if name.startswith(ASIDE)}
        for role in EVALUATORS:
            tensors[role] |= hiding
    return _write_all(bundle.plan, directory, setting, {role: save(tensors[role]) for role in setting.roles})


def _need_none(directory: Path) -> None:
    """Raises BundleError: shares lie there, of whichever setting."""
    for role in Role:
        held = directory / role.value / SHARE_FILE
        if held.exists():
            raise BundleError(f"{held}: is a share already, and is not replaced; give another folder, or move it away")


def _put_aside(tensors: dict[Role, Tensors], steps: list[Conv], share: EvaluatorShare, prefix: str) -> None:
    aside = set_aside(steps, share)
    tensors[Role.DEALER] |= {f"{ASIDE}{name}": masked for name, masked in aside.masked.items()}
    tensors[Role.WITNESS] |= {f"{ASIDE}{prefix}seed": _bytes(aside.seed)}


def _write_all(plan: Plan, directory: Path, setting: Setting, contents: dict[Role, bytes]) -> dict[str, str]:
    digests = {role.value: hashlib.sha256(content).hexdigest() for role, content in contents.items()}
    named = {"setting": setting.value, "plan_hash": plan.plan_hash, **digests}
    commitments = json.dumps(named, indent=1).encode()
    try:
        for role, content in contents.items():
            folder = directory / role.value
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / SHARE_FILE, content, OWNER_ALONE)
            write_whole(folder / PLAN_FILE, plan.to_json(), ALL)
            write_whole(folder / COMMITMENTS_FILE, commitments, ALL)
    except OSError as error:
        raise BundleError(f"{error.filename or directory}: {error.strerror}") from error
    return digests


def load_share(directory: Path) -> DealerModel | EvaluatorModel:
    """What the folder of one server holds. Raises BundleError naming the file and what is wrong with it."""
    plan = Plan.load(directory / PLAN_FILE)
    content, role, setting = _checked(directory, plan)
    tensors = _tensors(directory / SHARE_FILE, content)
    seeds = tensors.pop(SEEDS, None)
    dealing = role not in EVALUATORS
    if seeds is None or seeds.dtype != np.uint8 or seeds.shape != (2 if dealing else 1, KEY_BYTES):
        raise BundleError(f"{directory / SHARE_FILE}: not the seeds of a {role.value}")
    try:
        if dealing:
            return _dealer(plan, role, setting, seeds, tensors)
        selected = {name: tensors.pop(name) for name in list(tensors) if name.startswith(SELECTION)}
        hiding = {name: tensors.pop(name) for name in list(tensors) if name.startswith(ASIDE)}
        model = replace(_evaluator(plan, role, seeds[0].tobytes(), tensors, directory), setting=setting)
        if setting.proved:
            aside = drawn_aside(weight_shapes(plan), hiding[f"{ASIDE}seed"].tobytes())
            proving = evaluator_proves(weight_shapes(plan), role, seeds[0].tobytes(), aside, model.convolutions)
            model = replace(model, proving=proving)
        return _selecting(model, selected, hiding) if selected else model
    except (KeyError, IndexError, ValueError) as error:
        raise BundleError(f"{directory / SHARE_FILE}: not a {role.value}'s share ({type(error).__name__})") from None


def _dealer(plan: Plan, role: Role, setting: Setting, seeds: NDArray[np.generic], tensors: Tensors) -> DealerModel:
    """The dealer's or the witness's."""
    steps = weight_shapes(plan)
    aside = _aside(role, steps, tensors, "") if setting.active else None
    both = seeds[0].tobytes(), seeds[1].tobytes()
    model = replace(dealer_model(plan, both, aside, role), setting=setting)
    if setting.proved:
        model = replace(model, proving=dealer_proves(steps, both, model.convolutions))
    if SELECTION_SEEDS not in tensors:
        return model
    selected, frames = (int(side) for side in tensors[SELECTION_SHAPE])
    shape, (first, second) = _video(plan, frames, selected), tensors[SELECTION_SEEDS]
    beside = _aside(role, [selection_shape(shape)], tensors, SELECTION) if setting.active else None
    picked = first.tobytes(), second.tobytes()
    selection = dealer_selection(shape, picked, beside)
    proving = dealer_proves([selection_shape(shape)], picked, {shape.selection.name: selection})
    return replace(model, selection=selection, proving={**model.proving, **proving} if model.proving else None)


def _aside(role: Role, steps: list[tuple[Conv, tuple[int, ...]]], tensors: Tensors, prefix: str) -> dict[str, U32]:
    """Of each weight what is set aside to check by: S + U at the dealer, U at the witness."""
    if role is Role.WITNESS:
        return drawn_aside(steps, tensors[f"{ASIDE}{prefix}seed"].tobytes())
    named = {step.name: tensors[f"{ASIDE}{step.name}"] for step, _ in steps}
    if any(named[step.name].shape != shape or named[step.name].dtype != np.uint32 for step, shape in steps):
        raise ValueError("shapes that are not the plan's")
    return {name: masked.astype(np.uint32, copy=False) for name, masked in named.items()}


def _selecting(model: EvaluatorModel, tensors: Tensors, hiding: Tensors) -> EvaluatorModel:
    """With its share of a selection."""
    weight, bias, (seed,) = tensors["selection.weight"], tensors["selection.bias"], tensors[SELECTION_SEEDS]
    shape, picked = _video(model.plan, weight.shape[1], weight.shape[0]), seed.tobytes()
    if (weight.shape, bias.shape) != (selection_shape(shape)[1], weight.shape[:1]):
        raise ValueError("a selection of another shape")
    if weight.dtype != np.uint32 or bias.dtype != np.uint32:
        raise ValueError("a selection that is no share")
    shares = {name: tensors[name].astype(np.uint32, copy=False) for name in ("selection.weight", "selection.bias")}
    selection = evaluator_selection(shape, model.role, EvaluatorShare(picked, shares))
    model = replace(model, selection=selection)
    if model.proving is None:
        return model
    steps = [selection_shape(shape)]
    aside = drawn_aside(steps, hiding[f"{ASIDE}{SELECTION}seed"].tobytes())
    proving = evaluator_proves(steps, model.role, picked, aside, {shape.selection.name: selection})
    return replace(model, proving={**model.proving, **proving})


def _video(plan: Plan, frames: int, selected: int) -> VideoShape:
    """Raises ValueError before anything is drawn for it: no video is so."""
    if not 1 <= frames <= MAX_FRAMES:
        raise ValueError(f"{frames} frames")
    shape = VideoShape(plan, frames, selected)
    shape.label.law  # noqa: B018 -- has bounds of its own
    return shape


def _evaluator(plan: Plan, role: Role, seed: bytes, tensors: Tensors, directory: Path) -> EvaluatorModel:
    expected = evaluator_shapes(plan)
    if {name: tensor.shape for name, tensor in tensors.items()} != expected:
        raise BundleError(f"{directory / SHARE_FILE}: tensors that are not the plan's")
    if any(tensor.dtype != np.uint32 for tensor in tensors.values()):
        raise BundleError(f"{directory / SHARE_FILE}: tensors that are not shares")
    shares = {name: tensor.astype(np.uint32, copy=False) for name, tensor in tensors.items()}
    return evaluator_model(plan, role, EvaluatorShare(seed, shares))


def _checked(directory: Path, plan: Plan) -> tuple[bytes, Role, Setting]:
    """The share's bytes, whose they are by the commitments, and among how many."""
    try:
        content = (directory / SHARE_FILE).read_bytes()
        commitments = json.loads((directory / COMMITMENTS_FILE).read_bytes())
    except OSError as error:
        raise BundleError(f"{error.filename}: {error.strerror}") from error
    except ValueError:
        raise BundleError(f"{directory / COMMITMENTS_FILE}: not JSON") from None
    if not isinstance(commitments, dict) or commitments.get("plan_hash") != plan.plan_hash:
        raise BundleError(f"{directory / COMMITMENTS_FILE}: of another plan than {PLAN_FILE}")
    setting = next((one for one in Setting if one.value == commitments.get("setting")), None)
    if setting is None:
        raise BundleError(f"{directory / COMMITMENTS_FILE}: of a setting that is not known here; share the model anew")
    digest = hashlib.sha256(content).hexdigest()
    for role in setting.roles:
        if hmac.compare_digest(str(commitments.get(role.value, "")), digest):
            return content, role, setting
    raise BundleError(f"{directory / SHARE_FILE}: none of the shares that {COMMITMENTS_FILE} names")


def _tensors(path: Path, content: bytes) -> Tensors:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(content))
    except (SafetensorError, ValueError) as error:
        raise BundleError(f"{path}: not a safetensors file ({error})") from None


def _bytes(*seeds: bytes) -> U8:
    return np.frombuffer(b"".join(seeds), np.uint8).reshape(len(seeds), KEY_BYTES)
