"""Published sets of faces as one manifest: read where they lie, split by subject, trained on under their licences."""
