"""The landmark finder: trained on drawn faces, whose landmarks are known exactly."""
