"""What the parties may be asked to use, and how each choice reaches them; the first of each is the engine's default."""

from __future__ import annotations

from snni.twoparty.nonlinear.comparisons import COMPARISONS

COMPARISON_NAMES = tuple(COMPARISONS)
OTS = ("ferret", "softspoken")

__all__ = ["COMPARISON_NAMES", "OTS", "party_options"]


def party_options(
    comparison: str, ot: str, device: str = "cpu", link: str = "loopback", audit: int = 0
) -> tuple[dict[str, object], tuple[str, ...]]:
    """(the server's settings, the client's arguments) of a choice. Raises KeyError for one that is none.

    device: where the server multiplies ciphertexts by weights; it says itself when that is not there. link: what the
    comparisons are made for. audit: of how many units of preparation the server asks to be shown one; 0: none.
    """
    if comparison not in COMPARISON_NAMES or ot not in OTS:
        raise KeyError(f"{comparison}, {ot}")
    return {"ot": ot, "device": device, "audit": audit}, ("--comparison", comparison, "--ot", ot, "--link", link)
