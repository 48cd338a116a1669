"""A network's shares on disk: a folder a server with ``plan.json`` and ``share.safetensors``, and what binds them
together.

``commitments.json`` holds the plan's hash and the SHA-256 of each server's file: equal at all three, it says that the
shares are of one sharing. A file's digest gives nothing away: every file holds seeds of 128 random bits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snni.errors import BundleError
from snni.model.bundle import PLAN_FILE, Bundle
from snni.model.plan import Plan
from snni.multiparty.conv import DealerConv, EvaluatorConv
from snni.multiparty.keys import KEY_BYTES
from snni.multiparty.model import (
    DealerModel,
    EvaluatorModel,
    EvaluatorShare,
    dealer_model,
    dealer_selection,
    evaluator_model,
    evaluator_selection,
    evaluator_shapes,
    share_model,
    share_selection,
)
from snni.multiparty.operations import check_supported
from snni.multiparty.roles import Role
from snni.multiparty.video_shape import VideoShape
from snni.wire.packing import U8

SHARE_FILE = "share.safetensors"
COMMITMENTS_FILE = "commitments.json"
SEEDS = "seeds"
"""Tensor name: uint8 [2, 16] at the dealer, [1, 16] at an evaluator."""
SELECTION_SEEDS = "selection.seeds"
SELECTION_SHAPE = "selection.shape"
"""uint32 [2] at the dealer: rows, frames."""


def write_shares(bundle: Bundle, directory: Path, selection: NDArray[np.int8] | None = None) -> dict[str, str]:
    """Share the bundle's weights anew into ``directory/<role>/``. Returns each file's SHA-256 by role.

    selection: one-hot rows int8 [n, N] of the frames that a video of N is classified by; shared too.

    Raises:
        ParameterError: three servers cannot compute one of its steps.
        BundleError: the directory cannot be written.
    """
    from safetensors.numpy import save

    check_supported(bundle.plan)
    seeds, first, second = share_model(bundle)
    tensors: dict[Role, dict[str, NDArray[np.generic]]] = {
        Role.DEALER: {SEEDS: _bytes(*seeds)},
        Role.FIRST: {SEEDS: _bytes(first.seed), **first.tensors},
        Role.SECOND: {SEEDS: _bytes(second.seed), **second.tensors},
    }
    if selection is not None:
        picked, *parts = share_selection(VideoShape(bundle.plan, selection.shape[1], len(selection)), selection)
        tensors[Role.DEALER] |= {
            SELECTION_SEEDS: _bytes(*picked),
            SELECTION_SHAPE: np.array(selection.shape, np.uint32),
        }
        for role, part in zip((Role.FIRST, Role.SECOND), parts, strict=True):
            tensors[role] |= {SELECTION_SEEDS: _bytes(part.seed), **part.tensors}
    contents = {role: save(dict(held)) for role, held in tensors.items()}
    digests = {role.value: hashlib.sha256(content).hexdigest() for role, content in contents.items()}
    commitments = json.dumps({"plan_hash": bundle.plan.plan_hash, **digests}, indent=1).encode()
    try:
        for role, content in contents.items():
            folder = directory / role.value
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / SHARE_FILE, content, 0o600)
            _write(folder / PLAN_FILE, bundle.plan.to_json(), 0o644)
            _write(folder / COMMITMENTS_FILE, commitments, 0o644)
    except OSError as error:
        raise BundleError(f"{error.filename or directory}: {error.strerror}") from error
    return digests


def load_share(directory: Path) -> DealerModel | EvaluatorModel:
    """What the folder of one server holds. Raises BundleError naming the file and what is wrong with it."""
    plan = Plan.load(directory / PLAN_FILE)
    content, role = _checked(directory, plan)
    tensors = _tensors(directory / SHARE_FILE, content)
    seeds = tensors.pop(SEEDS, None)
    selected = {name: tensors.pop(name) for name in list(tensors) if name.startswith("selection.")}
    wanted = 2 if role is Role.DEALER else 1
    if seeds is None or seeds.dtype != np.uint8 or seeds.shape != (wanted, KEY_BYTES):
        raise BundleError(f"{directory / SHARE_FILE}: not the seeds of a {role.value}")
    try:
        if role is Role.DEALER:
            dealer = dealer_model(plan, (seeds[0].tobytes(), seeds[1].tobytes()))
            return replace(dealer, selection=_dealers_selection(plan, selected)) if selected else dealer
        model = _evaluator(plan, role, seeds[0].tobytes(), tensors, directory)
        return replace(model, selection=_evaluators_selection(plan, role, selected)) if selected else model
    except (KeyError, IndexError, ValueError) as error:
        raise BundleError(f"{directory / SHARE_FILE}: not a share of a selection ({type(error).__name__})") from None


def _dealers_selection(plan: Plan, tensors: dict[str, NDArray[np.generic]]) -> DealerConv:
    selected, frames = (int(side) for side in tensors[SELECTION_SHAPE])
    first, second = tensors[SELECTION_SEEDS]
    return dealer_selection(VideoShape(plan, frames, selected), (first.tobytes(), second.tobytes()))


def _evaluators_selection(plan: Plan, role: Role, tensors: dict[str, NDArray[np.generic]]) -> EvaluatorConv:
    weight, (seed,) = tensors["selection.weight"], tensors[SELECTION_SEEDS]
    shares = {name: tensors[name].astype(np.uint32) for name in ("selection.weight", "selection.bias")}
    share = EvaluatorShare(seed.tobytes(), shares)
    return evaluator_selection(VideoShape(plan, weight.shape[1], weight.shape[0]), role, share)


def _evaluator(
    plan: Plan, role: Role, seed: bytes, tensors: dict[str, NDArray[np.generic]], directory: Path
) -> EvaluatorModel:
    expected = evaluator_shapes(plan)
    if {name: tensor.shape for name, tensor in tensors.items()} != expected:
        raise BundleError(f"{directory / SHARE_FILE}: tensors that are not the plan's")
    if any(tensor.dtype != np.uint32 for tensor in tensors.values()):
        raise BundleError(f"{directory / SHARE_FILE}: tensors that are not shares")
    shares = {name: tensor.astype(np.uint32, copy=False) for name, tensor in tensors.items()}
    return evaluator_model(plan, role, EvaluatorShare(seed, shares))


def _checked(directory: Path, plan: Plan) -> tuple[bytes, Role]:
    """The share's bytes, and whose they are by the commitments."""
    try:
        content = (directory / SHARE_FILE).read_bytes()
        commitments = json.loads((directory / COMMITMENTS_FILE).read_bytes())
    except OSError as error:
        raise BundleError(f"{error.filename}: {error.strerror}") from error
    except ValueError:
        raise BundleError(f"{directory / COMMITMENTS_FILE}: not JSON") from None
    if not isinstance(commitments, dict) or commitments.get("plan_hash") != plan.plan_hash:
        raise BundleError(f"{directory / COMMITMENTS_FILE}: of another plan than {PLAN_FILE}")
    digest = hashlib.sha256(content).hexdigest()
    for role in Role:
        if hmac.compare_digest(str(commitments.get(role.value, "")), digest):
            return content, role
    raise BundleError(f"{directory / SHARE_FILE}: none of the shares that {COMMITMENTS_FILE} names")


def _tensors(path: Path, content: bytes) -> dict[str, NDArray[np.generic]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(content))
    except (SafetensorError, ValueError) as error:
        raise BundleError(f"{path}: not a safetensors file ({error})") from None


def _bytes(*seeds: bytes) -> U8:
    return np.frombuffer(b"".join(seeds), np.uint8).reshape(len(seeds), KEY_BYTES)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replace ``path`` whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
    temporary.replace(path)
