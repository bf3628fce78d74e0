"""The reconciliation report: both systems side by side, run as a job.

This package knows the API clients, the store and `jobs`. It must not import `api` or `sweep`.
"""
