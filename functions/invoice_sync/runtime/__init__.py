"""What the functions run on: environment, AWS clients, HTTP, pace, metrics, logs.

It knows `errors` and nothing of invoices.
"""
