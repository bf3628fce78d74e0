"""What the HTTP API serves, and which function does it. The deployed front and the local one are
both made from this table."""

from __future__ import annotations

ROUTES: tuple[tuple[str, str, str], ...] = (
    ("POST", "/webhooks/hubspot", "hubspot_webhook"),
    ("POST", "/webhooks/quickbooks", "quickbooks_webhook"),
    ("GET", "/v1/failures/count", "api"),
    ("GET", "/v1/failures", "api"),
    ("GET", "/v1/failures/retry", "api"),
    ("POST", "/v1/failures/retry", "api"),
    ("POST", "/v1/failures/retry/cancel", "api"),
    ("GET", "/v1/payments/unrecorded", "api"),
    ("GET", "/v1/invoices", "api"),
    ("POST", "/v1/invoices/retry", "api"),
    ("GET", "/v1/invoices/{invoiceId}/sync-status", "api"),
    ("GET", "/v1/invoices/{invoiceId}/preview", "api"),
    ("POST", "/v1/invoices/{invoiceId}/retry", "api"),
    ("POST", "/v1/invoices/{invoiceId}/resolve", "api"),
    ("GET", "/v1/quickbooks/customers", "api"),
    ("GET", "/v1/quickbooks/items", "api"),
    ("GET", "/v1/reports/reconciliation", "api"),
    ("POST", "/v1/reports/reconciliation", "api"),
    ("POST", "/v1/reports/reconciliation/cancel", "api"),
    ("GET", "/v1/reports/reconciliation/files", "api"),
    ("GET", "/files/reconciliation", "api"),
    ("GET", "/v1/backfill", "api"),
    ("POST", "/v1/backfill", "api"),
    ("POST", "/v1/backfill/cancel", "api"),
    ("GET", "/v1/settings", "api"),
    ("PUT", "/v1/settings", "api"),
    ("PATCH", "/v1/settings", "api"),
    ("GET", "/v1/settings/choices", "api"),
    ("GET", "/v1/connection", "api"),
    ("DELETE", "/v1/connection", "api"),
    ("GET", "/v1/audit", "api"),
    ("GET", "/connect/hubspot", "connect"),
    ("GET", "/connect/hubspot/callback", "connect"),
    ("GET", "/connect/quickbooks", "connect"),
    ("GET", "/connect/quickbooks/callback", "connect"),
    ("GET", "/connect/quickbooks/disconnected", "connect"),
    ("GET", "/health", "api"),
    ("GET", "/openapi.json", "api"),
)
# Whatever else is asked of the API: it answers that too with a problem that a program can read.
UNKNOWN = ("ANY", "/v1/{path+}", "api")
