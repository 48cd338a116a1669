"""Arithmetic in Z_2^k on one component of a shared value: what every suite's parties do without a message."""
