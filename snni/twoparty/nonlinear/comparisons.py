"""The comparison protocols there are, by name."""

from __future__ import annotations

from snni.twoparty.nonlinear.compare import ComparisonName, ComparisonProtocol
from snni.twoparty.nonlinear.leaf import LEAF
from snni.twoparty.nonlinear.tables import TABLES

COMPARISONS: dict[ComparisonName, ComparisonProtocol] = {"leaf": LEAF, "tables": TABLES}
