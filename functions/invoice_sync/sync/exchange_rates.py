"""Exchange rates: those of QuickBooks, read once a currency and day.

QuickBooks books a document without a rate 1:1, although it has one (reference "Invoice",
ExchangeRate; met in production: WordPress/wordcamp.org, issue 1250). So every document in a foreign
currency is sent with the rate of its own date. A rate of 1 counts only if a person says that it is
right, or the currencies are worth the same by law.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from invoice_sync.errors import FaultError
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Preferences
from invoice_sync.model.record import Record
from invoice_sync.plan.rates import RateKey, is_believed
from invoice_sync.quickbooks import parse
from invoice_sync.runtime.parallel import together
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.batch import Batch, Trouble

Rates = Mapping[RateKey, Decimal]


def key_for(invoice: Invoice, record: Record, preferences: Preferences) -> RateKey | None:
    """Return the rate that the invoice's next write needs; None if it needs none.

    An invoice keeps its rate as long as it keeps its date, unless it is one that nobody asked for.
    """
    if not preferences.is_foreign(invoice.currency) or invoice.status == "voided":
        return None
    written = record.written if record.quickbooks_id else None
    kept = written.exchange_rate if written else None
    if kept and is_believed(kept, invoice.currency, preferences.home_currency):
        same_day = written is not None and written.invoice_date == invoice.invoice_date
        return None if same_day else (invoice.currency, invoice.invoice_date)
    return invoice.currency, invoice.invoice_date


def read_rates(batch: Batch, needed: Iterable[RateKey], home_currency: str) -> Rates:
    """Return the rates that QuickBooks knows: a metered read for each that is not remembered. A
    person may have decided on one; a rate of 1 that nobody decided on is left out.

    Raises UnavailableError, ReconnectRequiredError, and FaultError for a refusal that may pass.
    """
    keys = sorted({*needed})
    recalled = batch.memory.recall(remembered.exchange_rate(*key) for key in keys)
    rates = {
        key: Decimal(recalled[remembered.exchange_rate(*key)])
        for key in keys
        if remembered.exchange_rate(*key) in recalled
    }
    rates |= {key: Decimal(1) for key in keys if key in batch.assumptions.at_par}
    missing = [key for key in keys if key not in rates]
    read = dict(
        zip(missing, together(*(partial(_read, batch, *key) for key in missing)), strict=True)
    )
    read = {
        key: rate for key, rate in read.items() if rate and is_believed(rate, key[0], home_currency)
    }
    # A company's day may begin later than ours.
    past = (batch.started - timedelta(days=1)).date()
    for is_past, kept in ((True, remembered.PAST_RATES_KEPT), (False, remembered.RATES_KEPT)):
        values = {
            remembered.exchange_rate(*key): str(rate)
            for key, rate in read.items()
            if (key[1] < past) == is_past
        }
        batch.memory.keep(values, kept)
    return rates | read


def _read(batch: Batch, currency: str, day: date) -> Decimal | None:
    """Return one rate; None when QuickBooks has none."""
    try:
        return parse.exchange_rate(batch.quickbooks.exchange_rate(currency, day))
    except FaultError as fault:
        judged = trouble.of_error(fault)
        if isinstance(judged, Trouble) or judged.code == "subscription_lapsed":
            raise
        return None
