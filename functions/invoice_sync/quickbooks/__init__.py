"""The QuickBooks side: client, events, signatures, faults, parsing and rendering of its JSON.

It knows `model`, `hints`, `runtime` and `errors`. It must never import `hubspot`.
"""
