"""What lives as long as the process is not looked through for garbage again and again.

Python's collector stops the process while it looks through every object that is left of its youngest generations: a
quarter of a second for a ward of a thousand cameras, every few seconds of a busy one. What is there when a service has
got going stays; without that, a look takes milliseconds.
"""

import gc


def settle() -> None:
    """Collect once, whole, and leave out of later looks what is still there. Stops the process for that long.

    To be called when a service has got going, and again when much of what it had is of no use any more: only then is
    garbage found among what was left out.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
