"""Search that finds Chinese: see backend.py."""
