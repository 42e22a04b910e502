"""Benchmarks: peers by film-wise cross-validation, and speed. Not part of the package."""
