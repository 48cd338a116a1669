"""The network for real faces: it begins as face-api's expression network, and answers with levels of pain."""
