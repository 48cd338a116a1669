"""Kernels of the online nonlinear protocols."""

from typing import Annotated

import numpy
from numpy.typing import NDArray

def pack_words(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: int,
    arg2: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def pack_bytes(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: int,
    arg2: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def unpack_words(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: int,
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def unpack_bytes(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: int,
    arg2: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def leaf_words(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: int,
    arg2: int,
    arg3: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg5: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg6: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg7: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def leaf_open(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def leaf_choice(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: int,
    arg2: int,
    arg3: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def table_fill(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: int,
    arg2: int,
    arg3: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def table_swap_client(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    arg1: int,
    arg2: int,
    arg3: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg5: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def table_swap_server(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    arg1: int,
    arg2: int,
    arg3: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg5: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    /,
) -> None: ...
def table_look(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def server_product(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: int,
    arg5: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def server_part(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: int,
    arg5: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def client_product(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: int,
    arg5: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def client_messages2(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg5: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg6: int,
    arg7: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def client_messages4(
    arg0: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg5: int,
    arg6: int,
    arg7: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    arg8: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def server_choose4(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: int,
    arg5: int,
    arg6: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def client_extension(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg4: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg5: int,
    arg6: int,
    arg7: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
def server_choose(
    arg0: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg1: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg2: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)],
    arg3: int,
    arg4: Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu")],
    /,
) -> None: ...
