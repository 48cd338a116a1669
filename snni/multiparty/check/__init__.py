"""Four active servers: what the dealer and the evaluators do is checked by the others."""
