"""Which frames the nonlinear protocols send."""

from __future__ import annotations


class Tag:
    """Frame tags of the nonlinear protocols (0x20-0x3f)."""

    CHOICES = 0x20  # offline, C -> S: digit XOR rho of every leaf
    TABLES = 0x21  # offline, C -> S: corrections that share its tables
    LEAF = 0x22  # S -> C: a digit's words, but for the last
    SHIFTS = 0x23  # S -> C: digit XOR rho of every table, its first opening
    CARRY = 0x24  # either way: carries between digits, masked
    LAST = 0x25  # S -> C: what ends the comparison; d_s XOR lambda_s
    STEER = 0x26  # C -> S: d_c XOR lambda_c; its part less the mask of the result
    MSB = 0x27  # S -> C: msb_s XOR mu
    REVEAL = 0x28  # S -> C: its shares of the output, or the table that holds it
    CHOICE = 0x29  # C -> S: what it looks up in that table, XOR rho
    PRODUCTS = 0x2A  # offline, C -> S: corrections that share products with the masks of bits
    INDEX = 0x2B  # S -> C: bits of what it looks up in a table of the client's, XOR choices
    FUNCTION = 0x2C  # C -> S: that table, each entry under its pads
    FACTORS = 0x2D  # S -> C: its shares of factors less masks
