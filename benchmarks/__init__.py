"""Benchmarks: peers of the tables, speed, and studies of their own. Not part of the package."""
