"""The edge's half: serves one network to the rooms' clients, and learns nothing of what it scores."""
