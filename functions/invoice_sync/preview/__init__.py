"""The same decision without writing, for previews and for the backfill's plan.

It knows `sync`'s stages that read and decide. It must not import the worker, and it writes nothing.
"""
