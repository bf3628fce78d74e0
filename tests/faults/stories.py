"""What happens in a scene: story 0 has every kind of invoice; the others go by their number."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .scene import PRICES, Scene

_MOST_WAITS = (1, 5, 40, 130, 400)


def tell(number: int, scene: Scene) -> None:
    if number == 0:
        _every_kind(scene)
    else:
        _by_chance(scene, random.Random(number))  # noqa: S311


def _every_kind(scene: Scene) -> None:
    plain = scene.write()
    ada = scene.meet("Ada", "Acme")
    changed, voided = scene.write("99.99", "0.35", **ada), scene.write("1200.10", **ada)
    paid, deleted = scene.write("150"), scene.write("0.35")
    payment = scene.pay("100.00", paid)
    draft, nobodys = scene.write(status="draft"), scene.write(contact_id=None)
    scene.write("99.99", currency="EUR", **scene.meet("Eve"))
    scene.work()
    scene.later(60)
    scene.flow.set_price(changed, "120")
    scene.set_(voided, hs_invoice_status="voided")
    scene.set_(draft, hs_invoice_status="open")
    scene.bill_to_globex(nobodys)
    scene.edit_copy(plain, "DueDate", "2031-05-31")
    scene.delete(deleted)
    scene.refund(payment, "33.33")
    scene.work()
    scene.later(400)
    scene.sweep()
    scene.pay_all(plain, nobodys)
    scene.flow.set_price(draft, "0.35")
    scene.click("/v1/failures/retry")
    scene.work()


# -- by chance


def _by_chance(scene: Scene, chosen: random.Random) -> None:
    scene.flow.settings(document_number=chosen.choice(["hubspot", "quickbooks"]))
    bill: list[dict[str, Any]] = [{}, {}, scene.meet("Ada", "Acme"), scene.meet("Eve")]

    def write(scene: Scene, chosen: random.Random) -> None:
        if len(scene.invoices) < 8:
            prices = chosen.sample(PRICES, chosen.randint(1, 2))
            status = chosen.choice(["open", "open", "open", "draft"])
            scene.write(*prices, status=status, **chosen.choice(bill))

    for _ in range(4):
        write(scene, chosen)
    acts: list[Callable[[Scene, random.Random], None]] = [write, *_ACTS]
    for _ in range(chosen.randint(6, 12)):
        chosen.choice(acts)(scene, chosen)
        if chosen.random() < 0.5:
            scene.work()
        scene.later(chosen.choice(_MOST_WAITS))
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
    scene.flow.hubspot.webhooks.discard()
    scene.flow.quickbooks.webhooks.discard()


def _sweeps(scene: Scene, chosen: random.Random) -> None:
    scene.sweep()
    scene.work()


def _retries_all(scene: Scene, chosen: random.Random) -> None:
    scene.click("/v1/failures/retry")


def _retries_one(scene: Scene, chosen: random.Random) -> None:
    if scene.invoices:
        scene.click(f"/v1/invoices/{chosen.choice(scene.invoices)}/retry")


_ACTS: tuple[Callable[[Scene, random.Random], None], ...] = (
    *(_changes_a_price, _changes_a_price, _opens_a_draft, _voids, _deletes, _comments),
    *(_pays_a_part, _pays_all, _pays_two_at_once, _refunds),
    *(_edits_a_copy, _voids_a_copy, _deletes_a_copy),
    *(_loses_the_webhooks, _sweeps, _retries_all, _retries_one),
)
