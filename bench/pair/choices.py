"""What the parties may be asked to use, and how each choice reaches them; the first of each is the engine's default."""

from __future__ import annotations

GADGETS = ("leaf",)
OTS = ("softspoken",)

# (choice: settings of snni_server, arguments of the client's process)
Ways = dict[str, tuple[dict[str, object], tuple[str, ...]]]
GADGET_WAYS: Ways = {"leaf": ({}, ())}
OT_WAYS: Ways = {"softspoken": ({}, ())}


def party_options(gadget: str, ot: str) -> tuple[dict[str, object], tuple[str, ...]]:
    """(the server's settings, the client's arguments) of a choice. Raises KeyError for one that is none."""
    chosen = (GADGET_WAYS[gadget], OT_WAYS[ot])
    return {key: value for server, _ in chosen for key, value in server.items()}, chosen[0][1] + chosen[1][1]
