"""The extensions there are, by name."""

from __future__ import annotations

from snni.twoparty.ot.extension import OtExtension
from snni.twoparty.ot.ferret import Ferret
from snni.twoparty.ot.params import ExtensionName, OtParams
from snni.twoparty.ot.softspoken import SoftSpoken

EXTENSIONS: dict[ExtensionName, OtExtension] = {"ferret": Ferret(), "softspoken": SoftSpoken()}


def extension_of(params: OtParams) -> OtExtension:
    """The one that ``params`` names."""
    return EXTENSIONS[params.extension]
