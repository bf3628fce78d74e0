"""What a payment is linked to, and how that is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from invoice_sync.sync.payment_links import PaymentLinks, payment_links

CHANGED = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)
ROW = {
    "Id": "9",
    "MetaData": {"LastUpdatedTime": "2026-02-03T04:00:00-08:00"},
    "Line": [
        {"LinkedTxn": [{"TxnId": "146", "TxnType": "Invoice"}]},
        {"LinkedTxn": [{"TxnId": "15", "TxnType": "CreditMemo"}]},
        {},
    ],
    "LinkedTxn": [{"TxnId": "145", "TxnType": "Invoice"}],
}


def test_links_of_the_lines_and_of_the_payment_itself() -> None:
    (links,) = payment_links("Payment", [ROW]).values()
    assert links.invoice_ids == ("145", "146")


def test_what_is_remembered_is_recalled() -> None:
    links = PaymentLinks.from_row(ROW)
    assert PaymentLinks.recalled(links.to_remember()) == links
    assert PaymentLinks.recalled(None) == PaymentLinks()
    assert PaymentLinks.recalled(PaymentLinks("", ("7",)).to_remember()) == PaymentLinks("", ("7",))


def test_only_a_later_change_is_news() -> None:
    links = PaymentLinks.from_row(ROW)
    assert links.tell_of(CHANGED + timedelta(microseconds=1))
    assert not links.tell_of(CHANGED + timedelta(seconds=1))
    assert not PaymentLinks().tell_of(CHANGED)
