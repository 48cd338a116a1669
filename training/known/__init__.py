"""Pictures of known level, for a room that tests its edge with them. See pictures.py."""
