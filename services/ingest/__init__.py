"""WHIP (RFC 9725) in, sampled frames and camera states out. Audio is never decoded. Publishes frames.v1, state.v1."""
