"""A party that is killed at a message, and what must hold then of the numbers that it claimed."""

from __future__ import annotations

from snni.errors import PeerError


class Cut:
    """Closes a channel just before its n-th message from now on, as a killed process would."""

    def __init__(self, channel, messages):
        self._left = messages
        self.happened = False
        for name in ("send", "recv"):
            setattr(channel, name, self._counted(channel, getattr(channel, name)))

    def _counted(self, channel, method):
        def call(*args, **keywords):
            self._left -= 1
            if self._left < 0:
                self.happened = True
                channel.close()
                raise PeerError("killed")
            return method(*args, **keywords)

        return call


def check_used_once(events):
    """The numbers one party claimed: rising, each once, each made before; what went online was claimed just once."""
    claimed = [number for event, number in events if event == "claimed"]
    assert claimed == sorted(set(claimed))
    for number in claimed:
        assert ("made", number) in events
        online = [event for event, n in events if n == number and event == "online"]
        assert len(online) <= 1
        assert ("burnt", number) in events
    return claimed
