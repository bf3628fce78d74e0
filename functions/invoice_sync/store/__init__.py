"""DynamoDB: one table, a file an entity.

It knows `model`. It must not import a client, and it decides nothing.
"""
