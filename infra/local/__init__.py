"""The same system on one machine: moto for AWS, simulators for HubSpot and QuickBooks."""

import os

# Powertools reads it when a function's module is loaded.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "invoice-sync")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "InvoiceSync")
