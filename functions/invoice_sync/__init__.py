"""Keeps HubSpot Commerce Hub invoices in step with QuickBooks Online."""
