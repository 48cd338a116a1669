"""A copy of what of a ward cannot be made again: the audit log, its signed heads, the database. And its way back.

Not in it, because each comes again by itself or must not come back:
    OUT      a room's levels. A leaf's store put back from a copy gives out numbers that the hub has passed, and what
             carries them never reaches the ward. It is neither taken nor given back.
    WARD     the hub takes it from the rooms' OUT anew, from the moment of the backup on.
    LEDGER   the leading replica gives the bus the audit log.
    LEASE    who led then leads no more.
    Redis    a copy of what the log and the stream say; sessions, which end.
    keys, certificates, site.yaml, passwords: whoever issued them keeps them.
"""
