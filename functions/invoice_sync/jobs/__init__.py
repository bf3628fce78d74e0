"""Long work in steps, each of them one queue message: the backfill, and the retry of many.

This package knows `preview` and below. It must not import `api` or `sweep`.
"""
