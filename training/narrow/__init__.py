"""A network of three readers made narrower: what its lower halves make is learnt by fewer and plainer steps."""
