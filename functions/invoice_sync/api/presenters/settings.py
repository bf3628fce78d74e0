"""The settings of a connection, in both directions."""

from __future__ import annotations

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
    )
