"""What in a face moves a network's answer: maps over crops, and the effect of one action unit at a time."""
