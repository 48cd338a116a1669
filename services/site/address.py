"""Addresses at which cameras are asked for their video: printable ASCII, and no user or password before the host."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

RTSP_URL = r"^rtsps?://([0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[!-~]*)?$"
WHEP_URL = RTSP_URL.replace("rtsps?", "https", 1)


def _there_can_be(url: str) -> str:
    """Raises ValueError: the address is nobody's, so that it could only ever be unreachable."""
    after = url.split("://", 1)[1].split("/", 1)[0]
    if after.startswith("["):
        try:
            ipaddress.IPv6Address(after[1:].partition("]")[0])
        except ValueError:
            raise ValueError("what stands in brackets is no IPv6 address") from None
    port = after.rpartition("]")[2].partition(":")[2]
    if port and not 1 <= int(port) <= 65535:
        raise ValueError("a port is a number from 1 to 65535")
    return url


RtspUrl = Annotated[str, StringConstraints(max_length=1024, pattern=RTSP_URL), AfterValidator(_there_can_be)]
WhepUrl = Annotated[str, StringConstraints(max_length=1024, pattern=WHEP_URL), AfterValidator(_there_can_be)]
