"""Both systems side by side: the reconciliation report.

It knows the clients, the store and `jobs`. It must not import `api` or `sweep`.
"""
