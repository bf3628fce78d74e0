"""Our words as types: invoices on both sides, our records, connections, failures and jobs.

Nothing here does I/O, and nothing here imports another package of ours.
"""
