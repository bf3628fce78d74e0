"""The HubSpot side: client, events, signatures, parsing of its JSON.

It knows `model`, `hints`, `runtime` and `errors`. It must never import `quickbooks`.
"""
