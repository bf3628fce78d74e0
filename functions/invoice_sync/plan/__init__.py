"""The decision about one invoice: what QuickBooks should have, and what to do about it.

Pure: it knows `model` and `failures`. It must not import boto3, httpx, the store or a client.
"""
