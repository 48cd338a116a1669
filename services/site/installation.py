"""What site.yaml says of a home's machines and networks. The overlay is made of it; no service looks at it.

installation:
  registry: registry.example.org            # where the images lie, as REGISTRY/veilward/ingest, REGISTRY/library/nats
  plan_hash: <64 hex digits>                # SHA-256 of the plan that was agreed with the model's provider
  certificates: cert-manager                # or script (the default): deploy/certificates/issue
  cameras: [192.0.2.0/24]                   # the networks that cameras are in
  screens: [198.51.100.0/24]                # those from which the ward's page is opened
  dashboard: dashboard.veilward.internal    # the page's name
  receivers:                                # what alerts may reach outside: webhooks, pagers, a care record, a broker
    - {block: 203.0.113.80/32, port: 443}
  devices:                                  # a room that none of these names has a device of its own, with its id
    - id: room-1
      rooms: [room-1, room-2]               # the room of the device's id, where it is left out
      name: ingest.veilward.internal        # by which cameras dial it
      announced: [192.0.2.10]               # where media reaches it, if not at its own address
  autoscaler: prometheus-adapter            # what tells the edge's autoscaler; left out: one replica
  edge:                                     # for an edge in a cluster of its own
    host: edge.example.org
    blocks: [203.0.113.64/28]               # its addresses, as the rooms see them
    homes: [203.0.113.1/32]                 # the rooms' addresses, as the edge sees them
    link: wan                               # what joins them (services/snni_client/settings.py)
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from services.bus.models import Token
from services.site.records import Digest, Entry


def _block(text: str) -> str:
    return str(ipaddress.ip_network(text))


Block = Annotated[str, AfterValidator(_block)]
"""An address block, as 192.0.2.0/24 or 2001:db8::/32; no bit is set behind the prefix."""
Address = Annotated[str, AfterValidator(lambda text: str(ipaddress.ip_address(text)))]
DeviceId = Annotated[Token, StringConstraints(pattern=r"[a-z0-9]$")]
"""The end of the name of a namespace, which no hyphen may be."""
Host = Annotated[str, StringConstraints(max_length=253, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*$")]
Registry = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[a-z0-9.-]+\.[a-z0-9-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)*$")
]
"""With a host that has a dot: of another one the kubelet would make a name in a public registry."""
Port = Annotated[int, Field(ge=1, le=65535)]


class Receiver(Entry):
    """What `alerts` may reach: the addresses of a block, at one TCP port."""

    block: Block
    port: Port = 443


class Device(Entry):
    """A machine in a room, or for several. rooms: ids; none stand for the room of the device's own id."""

    id: DeviceId
    rooms: tuple[Token, ...] = ()
    name: Host = "ingest.veilward.internal"
    announced: tuple[Address, ...] = ()


class Edge(Entry):
    """An edge in a cluster of its own."""

    host: Host
    port: Port = 7443
    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]
    homes: Annotated[tuple[Block, ...], Field(min_length=1)]
    link: Literal["lan", "5g", "wan"] = "wan"


class Installation(Entry):
    """As above."""

    registry: Registry
    plan_hash: Digest
    certificates: Literal["cert-manager", "script"] = "script"
    cameras: Annotated[tuple[Block, ...], Field(min_length=1)]
    screens: Annotated[tuple[Block, ...], Field(min_length=1)]
    dashboard: Host = "dashboard.veilward.internal"
    receivers: tuple[Receiver, ...] = ()
    devices: tuple[Device, ...] = ()
    autoscaler: Literal["prometheus-adapter", "keda"] | None = None
    edge: Edge | None = None
