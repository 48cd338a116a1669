"""Frozen networks as describers of crops, so that a head on them trains in minutes."""

from training.backbones.backbone import Backbone
from training.backbones.frozen import NAMES, frozen
from training.errors import DeviceError, UnknownBackboneError, WeightsError

__all__ = [
    "NAMES",
    "Backbone",
    "DeviceError",
    "UnknownBackboneError",
    "WeightsError",
    "frozen",
]
