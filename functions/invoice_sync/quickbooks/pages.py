"""Addresses of QuickBooks' own pages, as public integrations use them. Intuit documents none."""

from __future__ import annotations

# Pages of documents, by the names in faults, without blanks.
_PAGES = {
    "invoice": "invoice",
    "salesreceipt": "salesreceipt",
    "creditmemo": "creditmemo",
    "refundreceipt": "refundreceipt",
    "estimate": "estimate",
    "payment": "recvpayment",
}


def invoice_link(quickbooks_id: str, base_url: str) -> str:
    """Return the address of an invoice's page. `base_url`: the API's; it tells a sandbox."""
    return document_link("Invoice", quickbooks_id, base_url)


def id_in_link(link: str, base_url: str) -> str:
    """Return the id of the invoice whose page that is, at this QuickBooks; empty for any other."""
    quickbooks_id = link.rpartition("=")[2]
    is_ours = quickbooks_id.isdigit() and link == invoice_link(quickbooks_id, base_url)
    return quickbooks_id if is_ours else ""


def document_link(kind: str, quickbooks_id: str, base_url: str) -> str:
    """Return the address of a document's page, or an empty text for a kind whose page we do not
    know: none is better than a wrong one."""
    page = _PAGES.get(kind.replace(" ", "").casefold())
    return f"{_host(base_url)}/app/{page}?txnId={quickbooks_id}" if page else ""


def customer_link(customer_id: str, base_url: str) -> str:
    """Return the address of a customer's page."""
    return f"{_host(base_url)}/app/customerdetail?nameId={customer_id}"


def home_link(base_url: str) -> str:
    """Return the address where QuickBooks opens."""
    return f"{_host(base_url)}/app/homepage"


def _host(base_url: str) -> str:
    sandbox = "sandbox" in base_url
    return f"https://app.{'sandbox.' if sandbox else ''}qbo.intuit.com"
