"""Arrays of another type, order, place, protection or length are refused, never converted, by every native function.

Under the sanitizers a read or write out of place ends the process.
"""

import numpy as np
import pytest

from snni.errors import WireError
from tests.snni.native.calls import CALLS, WRITTEN, call

ARRAYS = [(name, at) for name, (_, args) in CALLS.items() for at, a in enumerate(args) if isinstance(a, np.ndarray)]
EVERY_ARRAY = pytest.mark.parametrize(("name", "at"), ARRAYS, ids=[f"{name}-{at}" for name, at in ARRAYS])


def shifted(array):
    """The same values one byte off any alignment."""
    raw = np.empty(array.nbytes + 1, np.uint8)[1:]
    raw[:] = np.ascontiguousarray(array).view(np.uint8).reshape(-1)
    return raw.view(array.dtype).reshape(array.shape)


@pytest.mark.parametrize("name", CALLS)
def test_the_calls_are_sound_before_they_are_spoilt(name):
    call(name)


@EVERY_ARRAY
def test_arrays_of_another_kind_are_refused(name, at):
    array = CALLS[name][1][at]
    spoilt = {
        "type": array.astype(np.float32 if array.dtype != np.float32 else np.float64),
        "signedness": array.astype(array.dtype.str.replace("u", "i") if "u" in array.dtype.str else np.uint16),
        "byte order": array.astype(array.dtype.newbyteorder(">")) if array.itemsize > 1 else array.astype(np.uint16),
        "dimensions": array[None],
        "strides": np.stack([array, array], axis=-1)[..., 0],
        "nothing": None,
        "list": array.tolist(),
    }
    if array.itemsize > 1:
        spoilt["alignment"] = shifted(array)
    for kind, changed in spoilt.items():
        with pytest.raises(TypeError):
            call(name, at, changed)
            pytest.fail(f"{kind} passed")


@pytest.mark.parametrize(("name", "at"), [(n, a) for n, ats in WRITTEN.items() for a in ats])
def test_results_need_memory_that_may_be_written(name, at):
    protected = CALLS[name][1][at].copy()
    protected.flags.writeable = False
    with pytest.raises(TypeError):
        call(name, at, protected)


@EVERY_ARRAY
def test_arrays_of_another_length_are_refused_or_serve_as_what_they_are(name, at):
    array = CALLS[name][1][at]
    for axis in range(array.ndim):
        for changed in (np.delete(array, 0, axis), np.concatenate([array, array], axis), array.take([], axis)):
            try:
                call(name, at, np.ascontiguousarray(changed))
            except (ValueError, TypeError, WireError):
                continue
