"""The comparison protocols there are, by name, and the links that they can be made for."""

from __future__ import annotations

from typing import Literal

from snni.twoparty.nonlinear.compare import ComparisonName, ComparisonProtocol
from snni.twoparty.nonlinear.leaf import LEAF, Leaf
from snni.twoparty.nonlinear.tables import TABLES, Tables

COMPARISONS: dict[ComparisonName, ComparisonProtocol] = {"tables": TABLES, "leaf": LEAF}
DEFAULT: ComparisonName = "tables"
"""What a session takes unless told otherwise: fewer flights and bytes while an image waits, more bytes ahead."""

LinkName = Literal["loopback", "lan", "5g", "wan"]
FLIGHT_BYTES: dict[LinkName, int] = {"loopback": 0, "lan": 500_000, "5g": 312_500, "wan": 8_000_000}
"""What a link carries in the time of a flight: its rate times its one-way delay (localsite/links has both). On loopback
flights cost next to nothing, so bytes alone count."""


def comparison_for(name: ComparisonName, link: LinkName) -> ComparisonProtocol:
    """One that sends more in place of waiting, as far as the link makes that pay: tables never need to."""
    return Leaf(FLIGHT_BYTES[link]) if name == "leaf" else Tables(FLIGHT_BYTES[link])
