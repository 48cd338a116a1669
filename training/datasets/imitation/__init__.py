"""Small trees in the layouts of published sets, of drawn people, with what is irregular about real copies."""
