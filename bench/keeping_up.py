"""Whether a machine took the load that it was given; figures of one that did not are of another load."""

ALLOWED = 0.01
"""Of all events, how many may be late or not taken yet."""


def kept_up(events: int, late: int, taken: float) -> bool:
    """events: that were to be sent. late: that could not be sent at their moment. taken: that came through."""
    return late + max(0.0, events - taken) <= ALLOWED * events


def warning(events: int, late: int, taken: float) -> str:
    """One line for whoever started the measurement."""
    return (
        f"this machine did not keep up: of {events} events {late} were late and {taken:.0f} taken in at the end. "
        "The figures are of less load than was asked for: stop what else runs, or ask for less"
    )
