"""The secret of the apps and the tokens of each connection, in Secrets Manager.

It knows `model`, `store`, `runtime` and `errors`. It must not import `hubspot`, `quickbooks` or
anything that decides about an invoice.
"""
