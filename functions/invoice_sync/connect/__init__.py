"""OAuth in the owner's browser: consent in HubSpot, then in QuickBooks.

It knows `credentials`, `store`, `clients`, `jobs` and what is below them. It must not import `api`
or `sweep`, and only the `connect` function imports it.
"""
