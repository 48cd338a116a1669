"""Compile a torch network into a bundle. ``python -m snni.compile`` does it from the command line."""

from snni.compile.compiler import Compiled, compile, compile_network

__all__ = ["Compiled", "compile", "compile_network"]
