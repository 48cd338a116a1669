"""What sessions of every suite share: TLS by SPIFFE id, correlations used once, slots for handshakes."""
