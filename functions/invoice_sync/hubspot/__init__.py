"""The HubSpot side: API client, search, webhook events, signatures, and the parsing of its JSON.

It knows `model`, `hints`, `runtime` and `errors`. It must not import `quickbooks`, `store` or
anything that decides about an invoice.
"""
