"""One way to train a network: task, state, loop, checkpoint. Every command that trains does it here."""
