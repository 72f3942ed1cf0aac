"""A real browser walks through the running site."""
