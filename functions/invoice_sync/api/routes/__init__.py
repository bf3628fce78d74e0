"""The routes of the API, a module a subject: each calls what does the work and presents its result.

They know everything else in `api`. What needs the clients of HubSpot and QuickBooks is imported
when a route needs it: counts and lists must not wait for that.
"""
