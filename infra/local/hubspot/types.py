"""The object types, their ids and scopes, and the association types between them.

Ids: guides "Understanding the CRM APIs" and "Associate records". Scopes: the published
OpenAPI files.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkType:
    """A type of association. Ids are unique within a category only, as HubSpot counts them."""

    category: str  # HUBSPOT_DEFINED, or USER_DEFINED for a label of the account's own
    type_id: int
    label: str | None = None  # None: the plain association that every pair has


@dataclass(frozen=True)
class ObjectType:
    name: str
    singular: str
    type_id: str
    read: frozenset[str]  # any one of them will do
    write: frozenset[str]
    created: str
    modified: str
    defaults: tuple[str, ...]

    @property
    def event_name(self) -> str:
        return self.singular


def _type(
    name: str,
    singular: str,
    type_id: str,
    scope: str,
    *more_scopes: str,
    created: str = "hs_createdate",
    modified: str = "hs_lastmodifieddate",
    defaults: tuple[str, ...] = (),
) -> ObjectType:
    return ObjectType(
        name,
        singular,
        type_id,
        frozenset({f"crm.objects.{scope}.read", *more_scopes}),
        frozenset({f"crm.objects.{scope}.write", *more_scopes}),
        created,
        modified,
        (*defaults, created, modified, "hs_object_id"),
    )


TYPES = (
    _type("invoices", "invoice", "0-53", "invoices"),
    _type("line_items", "line_item", "0-8", "line_items", "e-commerce", created="createdate"),
    _type(
        "contacts",
        "contact",
        "0-1",
        "contacts",
        created="createdate",
        modified="lastmodifieddate",
        defaults=("email", "firstname", "lastname"),
    ),
    _type(
        "companies",
        "company",
        "0-2",
        "companies",
        created="createdate",
        defaults=("name", "domain"),
    ),
    _type("discounts", "discount", "0-84", "line_items", "e-commerce"),
    _type("fees", "fee", "0-85", "line_items", "e-commerce"),
    _type("taxes", "tax", "0-86", "line_items"),
    _type("commerce_payments", "commerce_payment", "0-101", "commercepayments"),
    _type(
        "deals",
        "deal",
        "0-3",
        "deals",
        created="createdate",
        defaults=("amount", "closedate", "dealname", "dealstage", "pipeline"),
    ),
    _type("subscriptions", "subscription", "0-69", "subscriptions"),
    # The ids of the next two are stand-ins: no published page gives them.
    _type("credit_memos", "credit_memo", "0-9001", "credit_memos"),
    # What HubSpot's own data sync app keeps of an invoice. Only the association is documented.
    _type("data_sync_states", "data_sync_state", "0-9002", "invoices"),
)
BY_ALIAS = {alias: one for one in TYPES for alias in (one.name, one.singular, one.type_id)}

SCOPES = frozenset(
    {
        "oauth",
        "tax_rates.read",
        "e-commerce",
        *(scope for one in TYPES for scope in one.read | one.write),
        *(f"crm.schemas.{one.name}.{verb}" for one in TYPES for verb in ("read", "write")),
    }
)

# (from, to): (type id there, type id back)
_PAIRS = {
    ("invoices", "contacts"): (177, 178),
    ("invoices", "companies"): (179, 180),
    ("invoices", "deals"): (175, 176),
    ("invoices", "line_items"): (409, 410),
    ("invoices", "discounts"): (411, 412),
    ("invoices", "fees"): (413, 414),
    ("invoices", "taxes"): (415, 416),
    ("invoices", "commerce_payments"): (541, 542),
    ("invoices", "subscriptions"): (622, 623),
    ("line_items", "discounts"): (368, 367),
    ("commerce_payments", "line_items"): (395, 396),
    ("contacts", "companies"): (279, 280),
    ("contacts", "commerce_payments"): (388, 387),
    ("companies", "commerce_payments"): (390, 389),
    # From memory, not in the guide's page:
    ("deals", "contacts"): (3, 4),
    ("deals", "companies"): (341, 342),
    ("deals", "line_items"): (19, 20),
    # The way back is a stand-in.
    ("invoices", "data_sync_states"): (679, 9679),
    # Stand-ins: public code names these associations without their ids.
    ("invoices", "credit_memos"): (9001, 9002),
    ("contacts", "credit_memos"): (9003, 9004),
    ("companies", "credit_memos"): (9005, 9006),
}
ASSOCIATIONS = {
    pair: LinkType("HUBSPOT_DEFINED", type_id)
    for (start, end), (forward, backward) in _PAIRS.items()
    for pair, type_id in (((start, end), forward), ((end, start), backward))
}
# A contact's first company becomes its primary one: a second type on the same pair.
PRIMARY = {
    ("contacts", "companies"): LinkType("HUBSPOT_DEFINED", 1, "Primary"),
    ("companies", "contacts"): LinkType("HUBSPOT_DEFINED", 2, "Primary"),
}


def association_key(name: str) -> str:
    """Return how a record's `associations` names a type: with a space (from memory.

    Accept both).
    """
    return name.replace("_", " ")
