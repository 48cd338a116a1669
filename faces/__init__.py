"""Faces in pictures: DC image, detection, alignment, crop. Used by services/keyframe and by training; knows neither."""
