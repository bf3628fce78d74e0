"""Which of several hints counts, and which change in QuickBooks is our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.hints import Hint
from invoice_sync.model.record import Record
from invoice_sync.plan.decide import decide
from invoice_sync.plan.plans import Create
from invoice_sync.sync.folding import folded, kept
from invoice_sync.sync.worker import is_echo
from tests.unit import make

NOW = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)


def hint(trigger: Any = "webhook", **changes: Any) -> Hint:
    return Hint("24680", "512", trigger, NOW, NOW, **changes)


class TestFolding:
    @pytest.mark.parametrize("turned", [False, True])
    def test_what_somebody_asked_for_counts(self, turned: bool) -> None:
        retry, others = hint("retry"), [hint(), hint(realm_id="9130")]
        hints = [*others, retry] if turned else [retry, *others]
        assert folded(hints) == {"24680": {("invoices", "512"): retry}}

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_backfill_brings_in_whatever_else_came(self, turned: bool) -> None:
        hints = [hint("retry"), hint("backfill"), hint(realm_id="9130")]
        expected = hint("backfill", realm_id="9130")
        assert folded(reversed(hints) if turned else hints) == {
            "24680": {("invoices", "512"): expected}
        }

    @pytest.mark.parametrize("turned", [False, True])
    def test_else_what_asks_for_a_look_at_quickbooks(self, turned: bool) -> None:
        told = hint(realm_id="9130")
        hints = [hint(), told] if turned else [told, hint()]
        assert folded(hints) == {"24680": {("invoices", "512"): told}}

    @pytest.mark.parametrize("turned", [False, True])
    def test_of_changes_with_versions_the_latest(self, turned: bool) -> None:
        hints = [versioned(1), versioned(2)]
        assert folded(reversed(hints) if turned else hints) == {
            "24680": {("invoices", "512"): versioned(2)}
        }

    @pytest.mark.parametrize("turned", [False, True])
    def test_else_what_has_none(self, turned: bool) -> None:
        hints = [versioned(1), hint()]
        assert folded(reversed(hints) if turned else hints) == {
            "24680": {("invoices", "512"): hint()}
        }

    @pytest.mark.parametrize("turned", [False, True])
    def test_what_somebody_waits_for_does_not_give_way(self, turned: bool) -> None:
        hints = [hint(), hint("retry", bulk=True)]
        ((folded_hint,),) = (
            of_portal.values()
            for of_portal in folded(reversed(hints) if turned else hints).values()
        )
        assert folded_hint == hint("retry")

    def test_a_job_gives_way_alone(self) -> None:
        hints = [hint("retry", bulk=True), hint("backfill", bulk=True)]
        expected = hint("backfill", bulk=True)
        assert folded(hints) == {"24680": {("invoices", "512"): expected}}

    def test_objects_of_another_type_or_portal_are_others(self) -> None:
        other = Hint("13579", "512", "webhook", NOW, NOW)
        line = hint(object_type="line_items")
        assert folded([hint(), line, other]) == {
            "24680": {("invoices", "512"): hint(), ("line_items", "512"): line},
            "13579": {("invoices", "512"): other},
        }


def versioned(second: int) -> Hint:
    at = NOW + timedelta(seconds=second)
    return Hint("24680", "512", "webhook", at, NOW, versioned=True)


class TestTriedAgain:
    """Which messages come again, of those that led to one look."""

    line = hint(object_type="line_items")
    contact = hint(object_type="contacts")
    told = Hint("", "146", "webhook", NOW, NOW, "quickbooks_invoices", realm_id="9130")

    def again(self, *messages: tuple[Hint, Hint]) -> set[Hint]:
        by_portal = folded(target for _, target in messages)
        (first,) = by_portal["24680"].values()
        chosen = kept([*messages], by_portal, {first: 5.0})
        assert set(chosen.values()) == {5.0}
        return set(chosen)

    def test_one_that_surely_leads_there_again(self) -> None:
        assert self.again((self.contact, hint()), (self.line, hint())) == {self.line}

    def test_what_quickbooks_told_and_one_of_hubspot(self) -> None:
        there = hint(realm_id="9130")
        messages = [(self.told, there), (self.contact, hint()), (hint(), hint())]
        assert self.again(*messages) == {self.told, hint()}

    def test_a_message_of_several_invoices_once_and_late_enough(self) -> None:
        one, other = hint(), Hint("24680", "513", "webhook", NOW, NOW)
        targets = [(self.contact, one), (self.contact, other)]
        by_portal = folded([one, other])
        assert kept(targets, by_portal, {one: 5.0, other: 60.0}) == {self.contact: 60.0}


class TestEcho:
    def record(self) -> Record:
        plan = decide(make.invoice(), make.record(), make.observed(), make.connection())
        assert isinstance(plan, Create)
        return make.record(written=make.posted(plan.desired, updated_at=NOW))

    def test_our_own_write_is_told_back_within_its_second(self) -> None:
        for moment in (NOW - timedelta(seconds=5), NOW, NOW + timedelta(microseconds=999_999)):
            assert is_echo(Hint("", "146", "webhook", moment, moment), self.record())

    def test_later_it_is_an_edit(self) -> None:
        later = NOW + timedelta(seconds=1)
        assert not is_echo(Hint("", "146", "webhook", later, later), self.record())

    def test_a_deletion_is_never_ours(self) -> None:
        assert not is_echo(hint(deleted=True), self.record())

    def test_nothing_is_known_of_an_invoice_that_was_not_written(self) -> None:
        assert not is_echo(hint(), make.record())
