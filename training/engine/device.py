"""Where a network computes: `cpu`, or `cuda` where torch finds a GPU."""

from __future__ import annotations

import torch

from training.errors import DeviceError


def chosen(name: str) -> torch.device:
    """The device of a name, "cpu", "cuda" or "cuda:N". Raises DeviceError: torch cannot compute there."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(name, "write cpu, cuda or cuda:N") from error
    if device.type == "cpu":
        return device
    if device.type != "cuda":
        raise DeviceError(name, "write cpu, cuda or cuda:N")
    if not torch.cuda.is_available():
        raise DeviceError(name, "torch finds no CUDA GPU here (no GPU, no driver, or a CPU build of torch); use cpu")
    if device.index is not None and device.index >= torch.cuda.device_count():
        raise DeviceError(name, f"there are {torch.cuda.device_count()} CUDA GPUs, counted from 0")
    return device


def best() -> torch.device:
    """A GPU where torch finds one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
