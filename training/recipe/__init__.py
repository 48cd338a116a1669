"""Training by recipe: stages read from YAML, run one after the other, resumable after every epoch."""
