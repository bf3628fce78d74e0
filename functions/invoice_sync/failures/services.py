"""The entries of the catalogue that are about the two services, not about an invoice. Pure."""

from __future__ import annotations

from invoice_sync.failures.entry import Entry

SERVICES: dict[str, Entry] = {
    "subscription_lapsed": Entry(
        title="The QuickBooks subscription has lapsed",
        explanation="QuickBooks takes no new data: the trial or the subscription has ended, or"
        " there is a billing problem.",
        in_quickbooks=("Renew the subscription.",),
        fixed_by="The QuickBooks administrator who pays the subscription",
        heals_when="The subscription is active again: noticed within the hour, or at a retry.",
    ),
    "reconnect_required": Entry(
        title="The connection must be renewed",
        explanation="{service} no longer accepts this app's access.",
        in_app=("Connect again: first HubSpot, then the same company in QuickBooks.",),
        fixed_by="An administrator of {service}",
        heals_when="The connection is renewed.",
    ),
    "hubspot_record_gone": Entry(
        title="The invoice was deleted in HubSpot",
        explanation="The invoice no longer exists in HubSpot, but this app wrote it to QuickBooks."
        " It never voids or deletes anything there by itself.",
        in_hubspot=("Restore the invoice, if it was deleted by mistake.",),
        in_quickbooks=(
            "Void or delete the QuickBooks invoice if it is no longer owed, or keep it.",
        ),
        in_app=("Then stop syncing it.",),
        heals_when="The HubSpot invoice is restored, or a person stops syncing it.",
        resolutions=("stop_syncing",),
    ),
    "record_unreadable": Entry(
        title="QuickBooks cannot read one of its own records",
        also_known_as=("Error processing query", "QueryProcessingError"),
        explanation="QuickBooks has the {kind} {key}, but refuses each request that would return"
        " it: {message}",
        in_quickbooks=(
            "Open the record and correct what the message names, such as an invalid email address,"
            " then save it.",
            "Intuit Support can find the request by its intuit_tid, if there is one.",
        ),
        fixed_by="Anyone who can edit the record in QuickBooks",
        heals_when="QuickBooks can read the record again, at the hourly check or at a retry.",
    ),
    "quickbooks_error": Entry(
        title="QuickBooks meets an error of its own with this invoice",
        also_known_as=(
            "An application error has occurred while processing your request",
            "System Failure Error",
        ),
        explanation="QuickBooks takes other invoices, but has answered this one with an error of"
        ' its own for more than an hour: "{message}"',
        in_hubspot=(
            "Check the invoice for anything unusual, such as an odd character in a text"
            " or a product that others do not have.",
        ),
        in_quickbooks=(
            "Check that its customer and its products are active and can be put on an invoice by"
            " hand.",
            "Ask Intuit Support. They can find the request by its intuit_tid, if there is one.",
        ),
        fixed_by="Anyone who can edit the record; Intuit Support",
        heals_when="QuickBooks takes the invoice: this app keeps trying every quarter of an hour.",
    ),
    "quickbooks_unavailable": Entry(
        title="QuickBooks has not answered for a while",
        explanation="This app keeps trying; nothing is lost.",
        fixed_by="No action needed",
        heals_when="QuickBooks answers again.",
        retried=True,
    ),
    "hubspot_unavailable": Entry(
        title="HubSpot has not answered for a while",
        explanation="This app keeps trying; nothing is lost.",
        fixed_by="No action needed",
        heals_when="HubSpot answers again.",
        retried=True,
    ),
    "rate_limited": Entry(
        title="The API limit has been reached",
        explanation="{service} takes no more calls for now. This app keeps trying; nothing is"
        " lost.",
        fixed_by="No action needed",
        heals_when="The limit allows calls again.",
        retried=True,
    ),
    "unexpected": Entry(
        title="QuickBooks or HubSpot refused the invoice",
        explanation="{message}",
        in_hubspot=("Fix what the message describes, then retry.",),
        in_quickbooks=("Intuit Support can find the request by its intuit_tid, if there is one.",),
        heals_when="The invoice changes, it is retried, or it is accepted at the hourly check.",
    ),
}
