"""The ward's pages under load: rooms that publish, and screens that follow."""
