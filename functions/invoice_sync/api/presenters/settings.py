"""The settings of a connection, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from invoice_sync.api.schemas.settings import (
    ChoicesAnswer,
    SettingChange,
    SettingChoice,
    SettingsAnswer,
    SettingsChangeAnswer,
    SettingsChangeRequest,
    SettingsRequest,
)
from invoice_sync.model.choices import KINDS, Choice, Choices, Named
from invoice_sync.model.connection import Settings
from invoice_sync.model.setting_names import LABELS, SettingName

# The meanings of values that are words for programs.
_MEANINGS: Mapping[SettingName, Mapping[object, str]] = {
    "displayName": {
        "company": "company",
        "person": "person",
        "company_person": "company and person",
    },
    "onDisplayNameClash": {"fail": "the invoice fails", "number": "a number is added"},
    "documentNumber": {"hubspot": "the number in HubSpot", "quickbooks": "QuickBooks counts"},
    "serviceDate": {
        "billing_start": "none",
        "earliest_billing_start": "the earliest billing start of the invoice",
        "invoice_date": "the date of the invoice",
    },
    "nativeSync": {"never": "was never on", "was_on": "was on, is off now", "on": "is on"},
}


def settings_answer(settings: Settings) -> SettingsAnswer:
    return SettingsAnswer(
        create_customers=settings.create_customers,
        display_name=settings.display_name,
        on_display_name_clash=settings.on_display_name_clash,
        document_number=settings.document_number,
        service_date=settings.service_date,
        fallback_item_id=settings.fallback_item_id,
        fee_item_id=settings.fee_item_id,
        discount_account_id=settings.discount_account_id,
        tax_code_id=settings.tax_code_id,
        untaxed_code_id=settings.untaxed_code_id,
        tax_codes=settings.tax_codes,
        terms=settings.terms,
        record_payments=settings.record_payments,
        deposit_account_id=settings.deposit_account_id,
        sources=settings.sources,
        native_sync=settings.native_sync,
        may_act=settings.may_act,
    )


def requested_settings(request: SettingsRequest) -> Settings:
    return Settings(
        create_customers=request.create_customers,
        display_name=request.display_name,
        on_display_name_clash=request.on_display_name_clash,
        document_number=request.document_number,
        service_date=request.service_date,
        fallback_item_id=request.fallback_item_id,
        fee_item_id=request.fee_item_id,
        discount_account_id=request.discount_account_id,
        tax_code_id=request.tax_code_id,
        untaxed_code_id=request.untaxed_code_id,
        tax_codes=request.tax_codes,
        terms=request.terms,
        record_payments=request.record_payments,
        deposit_account_id=request.deposit_account_id,
        sources=request.sources,
        native_sync=request.native_sync,
        may_act=request.may_act,
    )


def requested_changes(request: SettingsChangeRequest) -> dict[str, Any]:
    """Return the settings that a request names, by the names of their fields."""
    named = request.model_dump(exclude={"preview"}, exclude_none=True)
    return {name: getattr(request, name) for name in named}


def settings_change(
    before: Settings, after: Settings, named: Named, *, retries: int, done: bool
) -> SettingsChangeAnswer:
    """`named`: the records of QuickBooks that the settings name, as far as it has them."""
    return SettingsChangeAnswer(
        settings=settings_answer(after),
        changes=changes(before, after, named),
        retries=retries,
        done=done,
    )


def changes(before: Settings, after: Settings, named: Named) -> list[SettingChange]:
    """Say what a change does to each setting that differs."""
    old, new = before.by_name, after.by_name
    return [
        SettingChange(
            setting=name,
            label=LABELS[name],
            before=_words(name, old[name], named),
            after=_words(name, new[name], named),
        )
        for name in after.changed_from(before)
    ]


def _words(name: SettingName, value: object, named: Named) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, dict):
        # Terms are by days: 15 comes before 30 and 120.
        keys = sorted(value, key=lambda key: (len(key), key) if key.isdigit() else (0, key))
        days = " days" if name == "terms" else ""
        return "; ".join(f"{key}{days}: {_record(name, value[key], named)}" for key in keys)
    if name in KINDS:
        return _record(name, str(value), named)
    return _MEANINGS.get(name, {}).get(value, str(value))


def _record(name: SettingName, record_id: str, named: Named) -> str:
    if not record_id:
        return ""
    choice = named.get((KINDS[name], record_id))
    if choice is None:
        return f"id {record_id}, which QuickBooks does not have"
    return choice.name if choice.active else f"{choice.name} (inactive)"


def choices_answer(choices: Choices, *, cached: bool) -> ChoicesAnswer:
    return ChoicesAnswer(
        items=_choices(choices.items),
        accounts=_choices(choices.accounts),
        tax_codes=_choices(choices.tax_codes),
        terms=_choices(choices.terms),
        left_out=choices.left_out,
        read_at=choices.read_at,
        metered_reads=0 if cached else choices.metered_reads,
        cached=cached,
    )


def _choices(choices: Iterable[Choice]) -> list[SettingChoice]:
    return [
        SettingChoice(id=each.id, name=each.name, about=each.about, fits=list(each.fits))
        for each in choices
    ]
