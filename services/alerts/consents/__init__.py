"""How rooms come to know what is allowed: the ward's key, its statements, and who says them."""
