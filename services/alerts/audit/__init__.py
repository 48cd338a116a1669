"""The hash-chained record of every change of every alert."""
