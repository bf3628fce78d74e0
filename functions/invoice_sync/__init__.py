"""Keeps HubSpot Commerce Hub invoices in step with QuickBooks Online."""

from invoice_sync.runtime import cold_start

cold_start.begin()
