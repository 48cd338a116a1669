"""Random oblivious transfers in bulk, and the correlations the nonlinear protocols use.

One `OtSender` at one party and one `OtReceiver` at the other make one direction; the other direction is another pair
with its own Delta. Both must ask for the same things in the same order.
"""

from snni.twoparty.ot.params import OtParams
from snni.twoparty.ot.receiver import OtReceiver
from snni.twoparty.ot.sender import OtSender
from snni.twoparty.ot.wire import Direction

__all__ = ["Direction", "OtParams", "OtReceiver", "OtSender"]
