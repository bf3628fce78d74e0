"""DynamoDB: one table, a file for each kind of item. `store.Store` holds them all.

`keys` knows every key, `table` every kind of request, and `commit` the one transaction that changes
records together with their counts. The package knows `model`, `errors` and `runtime.cursors`. It
must not import a client, and it decides nothing about invoices.
"""
