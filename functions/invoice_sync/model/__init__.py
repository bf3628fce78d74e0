"""Our words as types: invoices on both sides, our records, connections, failures and jobs.

Money is Decimal, times are aware UTC, ids are strings.
Nothing here does I/O, and nothing here imports another package of ours.
"""
