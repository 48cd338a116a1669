"""Frozen networks as describers of crops, so that a head on them trains in minutes."""

from training.backbones.backbone import Backbone
from training.backbones.errors import BackboneError, DeviceError, UnknownBackboneError, WeightsError
from training.backbones.frozen import NAMES, frozen

__all__ = [
    "NAMES",
    "Backbone",
    "BackboneError",
    "DeviceError",
    "UnknownBackboneError",
    "WeightsError",
    "frozen",
]
