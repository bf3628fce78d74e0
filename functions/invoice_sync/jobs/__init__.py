"""Long work in steps, each step one queue message: retries of many, and the backfill.

It knows `preview` and below. It must not import `api` or `sweep`.
"""
