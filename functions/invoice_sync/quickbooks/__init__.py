"""The QuickBooks side: API client, queries, the change log, webhook events, signatures, faults, and
the parsing and rendering of its JSON.

It knows `model`, `hints`, `runtime` and `errors`. It must not import `hubspot`, `store` or
anything that decides about an invoice.
"""
