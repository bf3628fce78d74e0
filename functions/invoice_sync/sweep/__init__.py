"""The five-minute sweep: finds missed changes, publishes gauges, keeps idle tokens alive.

This package knows `reconciliation`, `jobs` and below. It must not import `api`.
"""
