"""Attacks on the real addresses, generated over all of them wherever that is possible."""
