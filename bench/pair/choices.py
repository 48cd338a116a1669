"""What the parties may be asked to use, and how each choice reaches them; the first of each is the engine's default."""

from __future__ import annotations

from snni.twoparty.nonlinear.comparisons import COMPARISONS

GADGETS = tuple(COMPARISONS)
OTS = ("ferret", "softspoken")

__all__ = ["GADGETS", "OTS", "party_options"]


def party_options(
    gadget: str, ot: str, device: str = "cpu", link: str = "loopback"
) -> tuple[dict[str, object], tuple[str, ...]]:
    """(the server's settings, the client's arguments) of a choice. Raises KeyError for one that is none.

    device: where the server multiplies ciphertexts by weights; it says itself when that is not there. link: what the
    comparisons are made for.
    """
    if gadget not in GADGETS or ot not in OTS:
        raise KeyError(f"{gadget}, {ot}")
    return {"ot": ot, "device": device}, ("--gadget", gadget, "--ot", ot, "--link", link)
