"""The network for real faces: face-api's expression network made levels of pain, and a second reader of drawn ones."""
