"""The settings of a connection, in both directions."""

from __future__ import annotations

from collections.abc import Iterator

from invoice_sync.api.schemas.settings import SettingsAnswer, SettingsRequest
from invoice_sync.model.connection import Settings


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


def setting_changes(before: Settings, after: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield each setting that changed: its label, and what it was before and is after."""
    for name, value in iter(after):
        old = getattr(before, name)
        if old != value:
            yield name.replace("_", " ").capitalize(), _shown(old), _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} is {each}" for name, each in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
