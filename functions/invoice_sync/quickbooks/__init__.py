"""The QuickBooks side: client, faults, mapping from and to our own model."""
