"""What is made small: losses of levels and classes, and of a teacher's scores."""
