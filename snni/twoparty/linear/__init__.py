"""Convolutions and fully connected layers on shares: homomorphic before the frame, plain arithmetic after it."""

from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.layout import Layout, params_for
from snni.twoparty.linear.online import conv_ring
from snni.twoparty.linear.params import LARGE, PARAMETER_SETS, SMALL, ParameterSet, choose_params
from snni.twoparty.linear.server import ServerLinear

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
