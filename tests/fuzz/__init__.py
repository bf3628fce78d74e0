"""Garbage, forgeries and broken answers for every entry point, by seed.

An *input* is what a stranger, a sender or a service could send; it can be written as JSON, so that
whatever found a bug is kept in `examples/` and played again in every run. A *round* is a new system
with two tenants, and some inputs of one entry point. The same seed makes the same round.
"""
