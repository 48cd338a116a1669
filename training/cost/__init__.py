"""What a plan costs, beside what it is worth: bytes exactly, seconds as a prediction."""
