"""Two parties of which either may do anything: bits shared with message authentication codes, and ANDs of them.

TinyOT (Nielsen, Nordholt, Orlandi, Burra, CRYPTO 2012) over this engine's correlated transfers, with the triples of
Katz, Ranellucci, Rosulek and Wang (CRYPTO 2018, eprint 2018/578). DESIGN.md beside this file argues it.
"""
