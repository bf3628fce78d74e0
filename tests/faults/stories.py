"""What happens in a scene: told stories, each about one thing, and days by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from invoice_sync.sync import apply

from .scene import PRICES, Scene

_WAITS = (1, 5, 40, 130, 400)


def world_of(story: str) -> str:
    """Return the name of the world that a story begins in: all days have the same."""
    return story if story in TOLD else _DAY


def prepare(world: str, scene: Scene) -> None:
    """Do what is done before the faults begin."""
    if world in TOLD:
        TOLD[world].prepare(scene)
    else:
        _begin_a_day(scene)
    scene.work()
    scene.later(700)
    scene.sweep()
    scene.work()


def tell(name: str, scene: Scene) -> None:
    """Do what is done while calls fail."""
    if name in TOLD:
        TOLD[name].tell(scene)
    else:
        _a_day(scene, random.Random(name))  # noqa: S311


@dataclass(frozen=True)
class Story:
    prepare: Callable[[Scene], None]
    tell: Callable[[Scene], None]


# -- new invoices


def _new_people(scene: Scene) -> None:
    scene.people = [scene.meet("Ada", "Acme"), scene.meet("Eve")]


def _new_invoices(scene: Scene) -> None:
    ada, eve = scene.people
    scene.write()
    scene.write("99.99", "0.35", **ada)
    scene.write("1200.10", **ada)
    scene.write("99.99", currency="EUR", **eve)
    scene.pay("100.00", scene.write("150"))
    scene.write(status="draft")
    scene.write(contact_id=None)
    scene.work()


def _many_new_invoices(scene: Scene) -> None:
    """So many that they are created in a batch, by the standards of this small world."""
    apply.BURST = 4
    for price in (*PRICES, "12.34", "150"):
        scene.write(price)
    scene.write("150", **scene.people[0])
    scene.work()
    scene.later(60)
    scene.flow.set_price(scene.invoices[0], "120")
    scene.set_(scene.invoices[1], hs_invoice_status="voided")
    scene.work()


# -- what is there is changed


def _some_invoices(scene: Scene) -> None:
    for price in ("150", "99.99", "0.35", "1200.10", "150"):
        scene.write(price)
    scene.write(status="draft")
    scene.write(contact_id=None)


def _changes(scene: Scene) -> None:
    edited, changed, voided, deleted, _, draft, nobodys = scene.invoices
    scene.edit_copy(edited, "DueDate", "2031-05-31")
    scene.flow.set_price(changed, "120")
    scene.set_(voided, hs_invoice_status="voided")
    scene.delete(deleted)
    scene.set_(draft, hs_invoice_status="open")
    scene.bill_to_globex(nobodys)
    scene.work()


def _changes_that_nobody_tells(scene: Scene) -> None:
    edited, changed, voided, _, paid, draft, _ = scene.invoices
    scene.edit_copy(edited, "DueDate", "2031-05-31")
    scene.flow.set_price(changed, "120")
    scene.set_(voided, hs_invoice_status="voided")
    scene.set_(draft, hs_invoice_status="open")
    scene.pay_all(paid)
    scene.lose_webhooks()
    scene.later(300)
    scene.sweep()
    scene.work()


# -- money


def _payments(scene: Scene) -> None:
    first, second, third, fourth, fifth, *_ = scene.invoices
    payment = scene.pay("100.00", first)
    scene.pay_all(second, third)
    scene.pay("5.00", fourth)
    scene.work()
    scene.later(60)
    scene.refund(payment, "33.33")
    scene.pay_all(fourth, fifth)
    scene.work()


# -- clicks


def _failing_invoices(scene: Scene) -> None:
    scene.flow.settings(create_customers=False)
    for person in (scene.meet("Ada", "Acme"), scene.meet("Eve")):
        scene.write("150", **person)
        scene.write("99.99", **person)
    scene.write(contact_id=None)


def _clicks(scene: Scene) -> None:
    first, _, third, _, nobodys = scene.invoices
    scene.click(f"/v1/invoices/{first}/resolve", {"resolution": "create_customer"})
    scene.work()
    scene.click("/v1/settings", {"createCustomers": True}, method="PATCH")
    scene.bill_to_globex(nobodys)
    scene.click("/v1/failures/retry")
    scene.click(f"/v1/invoices/{third}/retry")
    scene.work()


# -- tokens


def _an_hour_later(scene: Scene) -> None:
    """The tokens of both services have ended."""
    scene.later(7200)
    changed, voided, *_ = scene.invoices
    scene.flow.set_price(changed, "120")
    scene.set_(voided, hs_invoice_status="voided")
    scene.write()
    scene.work()
    scene.later(7200)
    scene.sweep()
    scene.work()


TOLD = {
    "new": Story(_new_people, _new_invoices),
    "burst": Story(_new_people, _many_new_invoices),
    "changes": Story(_some_invoices, _changes),
    "untold": Story(_some_invoices, _changes_that_nobody_tells),
    "payments": Story(_some_invoices, _payments),
    "clicks": Story(_failing_invoices, _clicks),
    "tokens": Story(_some_invoices, _an_hour_later),
}


# -- days by chance

_DAY = "day"
DAYS = tuple(f"{_DAY} {number}" for number in range(1, 41))


def _begin_a_day(scene: Scene) -> None:
    scene.people = [{}, {}, scene.meet("Ada", "Acme"), scene.meet("Eve")]
    for price in PRICES[:3]:
        scene.write(price)


def _writes(scene: Scene, chosen: random.Random) -> None:
    if len(scene.invoices) < 8:
        prices = chosen.sample(PRICES, chosen.randint(1, 2))
        status = chosen.choice(["open", "open", "open", "draft"])
        scene.write(*prices, status=status, **chosen.choice(scene.people))


def _a_day(scene: Scene, chosen: random.Random) -> None:
    scene.flow.settings(document_number=chosen.choice(["hubspot", "quickbooks"]))
    for _ in range(chosen.randint(5, 9)):
        chosen.choice(_ACTS)(scene, chosen)
        if chosen.random() < 0.4:
            scene.work()
        scene.later(chosen.choice(_WAITS))
    scene.work()


def _changes_a_price(scene: Scene, chosen: random.Random) -> None:
    if unpaid := scene.unpaid():
        scene.flow.set_price(chosen.choice(unpaid), chosen.choice(PRICES))


def _opens_a_draft(scene: Scene, chosen: random.Random) -> None:
    if drafts := scene.having("draft"):
        scene.set_(chosen.choice(drafts), hs_invoice_status="open")


def _voids(scene: Scene, chosen: random.Random) -> None:
    if unpaid := scene.unpaid():
        scene.set_(chosen.choice(unpaid), hs_invoice_status="voided")


def _deletes(scene: Scene, chosen: random.Random) -> None:
    if unpaid := [*scene.unpaid(), *scene.having("draft")]:
        scene.delete(chosen.choice(unpaid))


def _comments(scene: Scene, chosen: random.Random) -> None:
    if unpaid := scene.unpaid():
        scene.set_(chosen.choice(unpaid), hs_comments=chosen.choice(["Thank you", "Late"]))


def _pays_a_part(scene: Scene, chosen: random.Random) -> None:
    if unpaid := scene.unpaid():
        scene.pay("0.20", chosen.choice(unpaid))


def _pays_all(scene: Scene, chosen: random.Random) -> None:
    if unpaid := scene.unpaid():
        scene.pay_all(chosen.choice(unpaid))


def _pays_two_at_once(scene: Scene, chosen: random.Random) -> None:
    unpaid = scene.unpaid()
    if len(unpaid) > 1:
        scene.pay_all(*chosen.sample(unpaid, 2))


def _refunds(scene: Scene, chosen: random.Random) -> None:
    paid = sorted(scene.ledger.payments.keys() - scene.ledger.refunds)
    if paid:
        scene.refund(chosen.choice(paid), "0.10")


def _edits_a_copy(scene: Scene, chosen: random.Random) -> None:
    if scene.invoices:
        edit = chosen.choice([("DueDate", "2031-05-31"), ("TrackingNum", "1Z999")])
        scene.edit_copy(chosen.choice(scene.invoices), *edit)


def _voids_a_copy(scene: Scene, chosen: random.Random) -> None:
    if scene.invoices:
        scene.void_copy(chosen.choice(scene.invoices))


def _deletes_a_copy(scene: Scene, chosen: random.Random) -> None:
    if scene.invoices:
        scene.delete_copy(chosen.choice(scene.invoices))


def _loses_the_webhooks(scene: Scene, chosen: random.Random) -> None:
    scene.lose_webhooks()


def _sweeps(scene: Scene, chosen: random.Random) -> None:
    scene.sweep()
    scene.work()


def _retries_all(scene: Scene, chosen: random.Random) -> None:
    scene.click("/v1/failures/retry")


def _retries_one(scene: Scene, chosen: random.Random) -> None:
    if scene.invoices:
        scene.click(f"/v1/invoices/{chosen.choice(scene.invoices)}/retry")


_ACTS: tuple[Callable[[Scene, random.Random], None], ...] = (
    *(
        _writes,
        _writes,
        _writes,
        _changes_a_price,
        _changes_a_price,
        _opens_a_draft,
        _voids,
        _deletes,
        _comments,
    ),
    *(_pays_a_part, _pays_all, _pays_two_at_once, _refunds),
    *(_edits_a_copy, _voids_a_copy, _deletes_a_copy),
    *(_loses_the_webhooks, _sweeps, _retries_all, _retries_one),
)
