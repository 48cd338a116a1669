"""Convolutions and fully connected layers on shares: homomorphic before the frame, plain arithmetic after it."""

from snni.linear.client import ClientKeys, ClientLinear
from snni.linear.geometry import ConvGeometry
from snni.linear.layout import Layout, params_for
from snni.linear.online import conv_ring
from snni.linear.params import LARGE, PARAMETER_SETS, SMALL, ParameterSet, choose_params
from snni.linear.server import ServerLinear

__all__ = [
    "LARGE",
    "PARAMETER_SETS",
    "SMALL",
    "ClientKeys",
    "ClientLinear",
    "ConvGeometry",
    "Layout",
    "ParameterSet",
    "ServerLinear",
    "choose_params",
    "conv_ring",
    "params_for",
]
