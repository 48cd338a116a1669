"""Which frames the nonlinear protocols send."""

from __future__ import annotations


class Tag:
    """Frame tags of the nonlinear protocols (0x20-0x3f)."""

    CHOICES = 0x20  # offline, C -> S: digit XOR rho of every leaf
    TABLES = 0x21  # offline, C -> S: corrections that share its tables
    LEAF = 0x22  # S -> C: a digit's words, but for the last
    SHIFTS = 0x23  # S -> C: digit XOR rho of every table, its first opening
    CARRY = 0x24  # either way: carries between digits, masked
    LAST = 0x25  # S -> C: what ends the comparison; its choices; the correction of its product
    STEER = 0x26  # C -> S: d_c XOR rho; steered messages
    MSB = 0x27  # S -> C: msb_s XOR rho
    REVEAL = 0x28  # S -> C: its shares of the output, or the table that holds it
    CHOICE = 0x29  # C -> S: what it looks up in that table, XOR rho
