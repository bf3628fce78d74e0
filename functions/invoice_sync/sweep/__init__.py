"""What no event told: missed changes, gauges, idle tokens.

It knows `reconciliation`, `jobs` and below. It must not import `api`.
"""
