"""OAuth in the browser: consent in HubSpot, then in QuickBooks.

It knows the credentials, the store and the clients. It must not import `api` or `sweep`.
"""
