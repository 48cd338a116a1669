"""What the nonlinear kernels are given and put out, party by party: the shares that never become a value of the plan.

The engine reaches its kernels through the module `snni.twoparty._nonlinear` at every call, so that they can be
listened to there.
"""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from snni.twoparty import _nonlinear


@dataclass(frozen=True)
class Call:
    """One call: its arguments by name, arrays as they were when it returned."""

    kernel: str
    arguments: dict[str, Any]

    def __getitem__(self, name: str) -> NDArray[Any]:
        array: NDArray[Any] = self.arguments[name]
        return array


@dataclass
class KernelCalls:
    """Calls by party, in order; a party is a thread that says which it is."""

    made: dict[str, list[Call]] = field(default_factory=lambda: {"client": [], "server": []})
    _here: threading.local = field(default_factory=threading.local)

    def belong_to(self, party: str) -> None:
        self._here.party = party

    def of(self, party: str, *kernels: str) -> list[Call]:
        return [call for call in self.made[party] if call.kernel in kernels]

    def _heard(self, name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
        (signature,) = (one[0] for one in kernel.__nb_signature__)  # type: ignore[attr-defined]
        names = re.findall(r"(?:\(|, )(\w+): ", signature)

        def heard(*positional: Any, **named: Any) -> Any:
            result = kernel(*positional, **named)
            given = dict(zip(names, positional, strict=False)) | named
            kept = {key: value.copy() if isinstance(value, np.ndarray) else value for key, value in given.items()}
            self.made[self._here.party].append(Call(name, kept))
            return result

        return heard

    @contextmanager
    def listening(self) -> Iterator[None]:
        kernels = {
            name: kernel for name, kernel in inspect.getmembers(_nonlinear) if hasattr(kernel, "__nb_signature__")
        }
        with patch.multiple(_nonlinear, **{name: self._heard(name, kernel) for name, kernel in kernels.items()}):
            yield
