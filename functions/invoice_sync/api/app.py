"""The API: all its routes, and one answer to whatever goes wrong in them."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from invoice_sync.api import problems
from invoice_sync.api.routes import (
    audit,
    backfill,
    connection,
    failures,
    invoices,
    payments,
    quickbooks,
    reports,
    service,
    settings,
)

ROUTERS = (
    failures.router,
    invoices.router,
    quickbooks.router,
    payments.router,
    reports.router,
    backfill.router,
    settings.router,
    connection.router,
    audit.router,
    service.router,
)

app = APIGatewayHttpResolver()
for router in ROUTERS:
    app.include_router(router)
app.exception_handler(Exception)(problems.answer)

# The addresses that need no signature.
PUBLIC_PATHS = frozenset(path for router in ROUTERS for path in router.public_paths)
