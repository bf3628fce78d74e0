"""The app's secret and the tokens of each connection, in Secrets Manager.

It knows `model`, `store`, `runtime` and `errors`. It must not import `hubspot` or `quickbooks`.
"""
