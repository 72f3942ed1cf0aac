"""Benchmarks: ratios within one run, never times to be compared across machines."""
