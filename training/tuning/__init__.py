"""Fine-tuning a network on crops with levels: the pictures, the loop, the run that a network comes from."""
