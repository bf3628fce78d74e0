"""Which setting names the record that QuickBooks refuses: one that was good when somebody chose it
may be made inactive, merged or deleted later, and QuickBooks does not say which record it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from invoice_sync.errors import ServiceError
from invoice_sync.model.choices import KINDS, Choice, ChoiceKind
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ItemNotFound, ReferenceInactive
from invoice_sync.model.setting_names import SettingName
from invoice_sync.plan.desired import desire
from invoice_sync.plan.settings import used_by
from invoice_sync.quickbooks import choices
from invoice_sync.sync.batch import Again, Batch, Failed, Observation, Outcome

# Intuit's code for a payment's account of another type (Invalid account type).
_WRONG_TYPE = "6430"


def with_setting(
    batch: Batch, observation: Observation, outcome: Outcome | Again
) -> Outcome | Again:
    """Return the outcome with the setting that caused it, if one did: a metered read for each kind
    of record that the settings name for the invoice.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    if not isinstance(outcome, Failed):
        return outcome
    failure, invoice = outcome.failure, observation.invoice
    detail = failure.detail
    refused_item = isinstance(detail, ItemNotFound) and detail.variant == "refused"
    if invoice is None or not (refused_item or isinstance(detail, ReferenceInactive)):
        return outcome
    document = desire(invoice, observation.record, observation.quickbooks, batch.connection).invoice
    bad = _first_bad(batch, used_by(document, batch.connection.settings))
    if bad is None:
        return outcome
    setting, record = bad
    changes: dict[str, object] = {"setting": setting}
    if isinstance(detail, ReferenceInactive):
        changes |= {"variant": "setting", "record": record}
    named = failure.model_copy(update={"detail": detail.changed(**changes)})
    return replace(outcome, failure=named)


def is_of_deposit_account(batch: Batch, refusal: Failure) -> bool:
    """Tell whether QuickBooks refused a payment for the deposit account of the settings. At most
    one metered read; if that fails, nobody knows."""
    account_id = batch.connection.settings.deposit_account_id
    if not account_id:
        return False
    if refusal.fault == _WRONG_TYPE:
        return True
    if not isinstance(refusal.detail, ReferenceInactive):
        return False
    try:
        return _first_bad(batch, {"depositAccountId": account_id}) is not None
    except ServiceError:
        return False


def _first_bad(batch: Batch, used: Mapping[SettingName, str]) -> tuple[SettingName, str] | None:
    """Return the first of these settings whose record cannot be used, and the record in words."""
    ids: dict[ChoiceKind, set[str]] = {}
    for setting, record_id in used.items():
        ids.setdefault(KINDS[setting], set()).add(record_id)
    named = choices.read_named(batch.quickbooks, ids)
    for setting, record_id in used.items():
        choice = named.get((KINDS[setting], record_id))
        if choice is None or not choice.active or setting not in choice.fits:
            return setting, _words(choice, record_id)
    return None


def _words(choice: Choice | None, record_id: str) -> str:
    return f'"{choice.name}"' if choice else f"the record with id {record_id}"
