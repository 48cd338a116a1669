"""Faces rendered from a face model that a user holds (USC ICT FaceKit): a second domain beside the drawn ones."""
