"""What the parties may be asked to use, and how each choice reaches them; the first of each is the engine's default."""

from __future__ import annotations

from snni.twoparty.nonlinear.comparisons import COMPARISONS

GADGETS = tuple(COMPARISONS)
OTS = ("ferret", "softspoken")

__all__ = ["GADGETS", "OTS", "party_options"]


def party_options(
    gadget: str, ot: str, device: str = "cpu", link: str = "loopback", audit: int = 0
) -> tuple[dict[str, object], tuple[str, ...]]:
    """(the server's settings, the client's arguments) of a choice. Raises KeyError for one that is none.

    device: where the server multiplies ciphertexts by weights; it says itself when that is not there. link: what the
    comparisons are made for. audit: of how many units of preparation the server asks to be shown one; 0: none.
    """
    if gadget not in GADGETS or ot not in OTS:
        raise KeyError(f"{gadget}, {ot}")
    return {"ot": ot, "device": device, "audit": audit}, ("--gadget", gadget, "--ot", ot, "--link", link)
