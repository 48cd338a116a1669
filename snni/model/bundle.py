"""A compiled network on disk: ``plan.json`` for both parties, ``weights.safetensors`` and ``card.md`` for the server.

The plan holds no digest of the weights, which would confirm a guessed checkpoint. It may hold a commitment,
sha256(salt || weights); the 32-byte salt stays in the weights file's metadata.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snni.errors import BundleError
from snni.model.plan import Plan
from snni.model.step import TensorSpec
from snni.model.whole_file import ALL, OWNER_ALONE, write_whole

PLAN_FILE = "plan.json"
WEIGHTS_FILE = "weights.safetensors"
CARD_FILE = "card.md"
SALT_BYTES = 32
_SALT_KEY = "salt"


@dataclass(frozen=True, eq=False)
class Bundle:
    """A plan, its weights and its card.

    ``weights`` has for every convolution ``<name>.weight`` int8 [M, C / groups, kh, kw] in [-127, 127] and
    ``<name>.bias`` int64 [M] in [0, 2^ring_bits), for every clip ``<name>.limit`` int64 [C] in [1, 2^(ring_bits - 1)),
    and nothing else. Neither they nor the salt are shown by repr.
    """

    plan: Plan
    weights: Mapping[str, NDArray[np.generic]] = field(repr=False)
    card: str = field(default="", repr=False)
    salt: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_weights(self.plan, self.weights)
        committed = self.plan.weights_commitment
        if committed is None:
            return
        if self.salt is None:
            raise BundleError("the plan commits to weights, and there is no salt to open the commitment")
        if not hmac.compare_digest(commitment(self.weights, self.salt), committed):
            raise BundleError("the weights are not those the plan commits to")

    def committed(self, salt: bytes | None = None) -> Bundle:
        """The same bundle, its plan committing to its weights under a fresh salt, or the one given."""
        salt = os.urandom(SALT_BYTES) if salt is None else salt
        plan = self.plan.model_copy(update={"weights_commitment": commitment(self.weights, salt)})
        return replace(self, plan=plan, salt=salt)

    def save(self, directory: Path) -> None:
        """Write the three files, the weights readable by their owner alone.

        Raises:
            BundleError: the directory cannot be written.
        """
        from safetensors.numpy import save

        metadata = {_SALT_KEY: self.salt.hex()} if self.salt is not None else None
        arrays = {name: np.ascontiguousarray(array) for name, array in self.weights.items()}
        try:
            Path(directory).mkdir(parents=True, exist_ok=True)
            write_whole(Path(directory) / WEIGHTS_FILE, save(arrays, metadata), OWNER_ALONE)
            write_whole(Path(directory) / CARD_FILE, self.card.encode(), ALL)
            write_whole(Path(directory) / PLAN_FILE, self.plan.to_json(), ALL)
        except OSError as error:
            raise BundleError(f"{error.filename or directory}: {error.strerror}") from error

    @classmethod
    def load(cls, directory: Path) -> Bundle:
        """Read and check everything.

        Raises:
            BundleError: names the file and what is wrong with it.
        """
        directory = Path(directory)
        plan = Plan.load(directory / PLAN_FILE)
        path = directory / WEIGHTS_FILE
        weights, salt = _read_weights(path)
        try:
            card = (directory / CARD_FILE).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(f"{directory / CARD_FILE}: {getattr(error, 'strerror', 'not UTF-8')}") from error
        try:
            return cls(plan, weights, card, salt)
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from None


def commitment(weights: Mapping[str, NDArray[np.generic]], salt: bytes) -> str:
    """sha256(salt || for every tensor by name: name, type, shape, little-endian values), hexadecimal.

    Raises:
        BundleError: the salt is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise BundleError(f"salt of {len(salt)} bytes, not {SALT_BYTES}")
    digest = hashlib.sha256(salt)
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name])
        digest.update(f"{name} {array.dtype.name} {array.shape}\n".encode())
        digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def check_weights(plan: Plan, weights: Mapping[str, NDArray[np.generic]]) -> None:
    """Raises BundleError where the tensors are not exactly those the plan's steps need."""
    expected: set[str] = set()
    for step in plan.steps:
        for spec in step.tensors(plan.values[step.inputs[0]]):
            name = f"{step.name}.{spec.name}"
            _check(weights, name, spec)
            expected.add(name)
    unknown = sorted(weights.keys() - expected)
    if unknown:
        raise BundleError(f"tensor {unknown[0]} belongs to no layer of the plan")


def _check(weights: Mapping[str, NDArray[np.generic]], name: str, spec: TensorSpec) -> None:
    tensor = weights.get(name)
    if tensor is None:
        raise BundleError(f"tensor {name} is missing")
    if tensor.dtype != np.dtype(spec.dtype) or tensor.shape != spec.shape:
        raise BundleError(f"tensor {name} is {tensor.dtype} {list(tensor.shape)}, not {spec.dtype} {list(spec.shape)}")
    if tensor.size and (int(tensor.min()) < spec.low or int(tensor.max()) > spec.high):
        raise BundleError(f"tensor {name} has values outside [{spec.low}, {spec.high}]")


def _read_weights(path: Path) -> tuple[dict[str, NDArray[np.generic]], bytes | None]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            salt = (file.metadata() or {}).get(_SALT_KEY)
            return {name: file.get_tensor(name) for name in file.keys()}, bytes.fromhex(salt) if salt else None  # noqa: SIM118
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}") from error
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:  # the last of a type that numpy lacks
        raise BundleError(f"{path}: not a safetensors file of weights ({error})") from error
