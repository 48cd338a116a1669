"""Who follows the ward: bounded, and one connection a tab.

A browser whose connection went silent comes back on a new one while the old one still looks alive here, until the
system gives it up. So a tab that comes again takes its own place.
"""

from services.alerts.metrics import AlertsMetrics


class Viewer:
    """One event stream. replaced: its tab has come back on another."""

    def __init__(self, tab: str) -> None:
        self.tab = tab
        self.replaced = False


class Viewers:
    """The event streams that count."""

    def __init__(self, metrics: AlertsMetrics, most: int) -> None:
        self._metrics = metrics
        self._most = most
        self._present: list[Viewer] = []

    def full(self, tab: str) -> bool:
        """Whether there is no place for a tab (empty: a program that names none)."""
        return sum(not tab or one.tab != tab for one in self._present) >= self._most

    def enter(self, tab: str) -> Viewer:
        """A stream for a tab, in the place of its former one."""
        for former in [one for one in self._present if tab and one.tab == tab]:
            former.replaced = True
            self.leave(former)
        viewer = Viewer(tab)
        self._present.append(viewer)
        self._metrics.viewers.set(len(self._present))
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """The stream has ended, or was replaced."""
        if viewer in self._present:
            self._present.remove(viewer)
            self._metrics.viewers.set(len(self._present))
