"""What the functions run on: environment, AWS clients, HTTP, pace, signing, metrics, threads, logs.

It knows `errors` and nothing of invoices: it must not import any other part of the package.
"""
