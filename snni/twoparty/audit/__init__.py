"""Covert security of the preparation against the client: what it drew for a unit of work is shown in one case of B.

Aumann and Lindell, "Security Against Covert Adversaries", J. Cryptology 23, 2010; as preparations are audited in
Damgård, Orlandi, Simkin, "Black-Box Transformations from Passive to Covert Security with Public Verifiability", CRYPTO
2020, and Faust, Hazay, Kretzler, Schlosser, EUROCRYPT 2021: seeds committed to and tossed into the well, a challenge
after the last message, all of it computed again from the seed. DESIGN.md, section 10, says what that covers.
"""
