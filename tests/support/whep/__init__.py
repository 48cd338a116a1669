"""A camera that answers offers by WHEP, for tests."""
