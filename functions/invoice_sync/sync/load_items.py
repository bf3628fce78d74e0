"""Observe QuickBooks' items: those that lines and fees name, and which of them have a stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from invoice_sync.errors import FaultError
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import InventoryQuantity
from invoice_sync.model.hubspot import Adjustment, InvoiceLine
from invoice_sync.model.quickbooks import Unusable
from invoice_sync.plan.identity import decided_item_id, line_name
from invoice_sync.quickbooks import parse
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.batch import Batch, Observation, Trouble
from invoice_sync.sync.remembered import ItemName


@dataclass(frozen=True)
class Items:
    """The ids of items by name, and of those the ones that a person chose."""

    ids: Mapping[ItemName, str]
    chosen: Mapping[ItemName, str]
    # The ids of items whose stock QuickBooks keeps.
    inventory: frozenset[str]
    # Names that only a bundle or a category has.
    unusable: Mapping[ItemName, Unusable]
    # Names whose items QuickBooks refuses to return.
    refused: Mapping[ItemName, FaultError]

    def unreadable_for(self, observation: Observation) -> Failure | Trouble | None:
        """Return why an item of the invoice is not known."""
        for kind, value in sorted(_names_of(observation) & self.refused.keys()):
            what = "product with the SKU" if kind == "sku" else "product"
            return trouble.of_unreadable(self.refused[kind, value], what, value)
        return None


@dataclass
class _Read:
    """What is read of items now. The types, by id: of those that a line can have."""

    ids: dict[ItemName, str] = field(default_factory=dict)
    is_inventory: dict[str, bool] = field(default_factory=dict)
    unusable: dict[ItemName, Unusable] = field(default_factory=dict)
    refused: dict[ItemName, FaultError] = field(default_factory=dict)


def read_items(batch: Batch, observations: Sequence[Observation]) -> Items:
    """Return the items of all lines and fees: by SKU, and by name where there is no SKU to find
    the item by. All are remembered, so a known item costs no read.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    keys = {remembered.item(name): name for name in _item_names(observations)}
    choice_keys = {remembered.item_choice(name): name for name in keys.values()}
    recalled = batch.memory.recall([*keys, *choice_keys])
    chosen = {choice_keys[key]: recalled[key] for key in choice_keys.keys() & recalled.keys()}
    chosen |= batch.assumptions.items
    ids = {keys[key]: recalled[key] for key in keys.keys() & recalled.keys()} | chosen
    read = _read_missing(batch, observations, ids)
    batch.memory.keep(
        {remembered.item(name): item_id for name, item_id in read.ids.items()},
        remembered.ITEMS_KEPT,
    )
    ids |= read.ids
    inventory = _inventory(batch, observations, ids, read.is_inventory)
    return Items(ids, chosen, inventory, read.unusable, read.refused)


def _read_missing(
    batch: Batch, observations: Sequence[Observation], ids: Mapping[ItemName, str]
) -> _Read:
    read = _Read()
    for field_name, values in _items_to_read(batch, observations, ids).items():
        kind = field_name.lower()
        names = {*ids, *read.ids}
        missing = {value for value in values if (kind, value.casefold()) not in names}
        found = batch.quickbooks.find("Item", field_name, missing)
        for row in found.rows:
            item, name = parse.item(row), (kind, str(row.get(field_name, "")).casefold())
            if item.usable:
                read.ids[name] = item.id
                read.is_inventory[item.id] = item.is_inventory
            elif item.active and item.unusable:
                read.unusable[name] = item.unusable
        read.refused |= {(kind, value.casefold()): fault for value, fault in found.refused.items()}
    return read


def _inventory(
    batch: Batch,
    observations: Sequence[Observation],
    ids: Mapping[ItemName, str],
    is_inventory: Mapping[str, bool],
) -> frozenset[str]:
    """Return the ids of the items whose stock QuickBooks keeps, as far as we know.

    Of an item that nobody has looked for by its name we know it once a line with it was refused:
    it is read then, and each time that such a failure is looked at again.
    """
    settings = batch.connection.settings
    used = {item_id for each in observations for item_id in _ids_of(each, ids)}
    others = {settings.fallback_item_id, settings.fee_item_id, *ids.values(), *used} - {""}
    doubtful = {
        item_id
        for observation in observations
        if _is_in_doubt(observation)
        for item_id in _ids_of(observation, ids)
    }
    if any(map(_is_in_doubt, observations)):
        doubtful |= {settings.fallback_item_id, settings.fee_item_id} - {""}
    rows = batch.quickbooks.find("Item", "Id", doubtful - is_inventory.keys()).rows
    types = {**is_inventory, **{row["Id"]: parse.item(row).is_inventory for row in rows}}
    by_key = {remembered.inventory(item_id): item_id for item_id in others - types.keys()}
    recalled = batch.memory.recall(by_key)
    stocked = {item_id for item_id, stock in types.items() if stock}
    batch.memory.keep(
        {remembered.inventory(item_id): True for item_id in stocked}, remembered.INVENTORY_KEPT
    )
    batch.memory.forget([remembered.inventory(item_id) for item_id in doubtful - stocked])
    return frozenset(stocked | {by_key[key] for key in by_key.keys() & recalled.keys()})


def _is_in_doubt(observation: Observation) -> bool:
    """Tell whether QuickBooks has refused the quantity of a line, so that the types of its items
    have to be read."""
    failure = observation.record.failure
    failing = failure is not None and isinstance(failure.detail, InventoryQuantity)
    return observation.task.has_read_items or failing


def _undecided(observation: Observation) -> tuple[list[InvoiceLine], list[Adjustment]]:
    """Return the lines and fees whose items are not decided yet."""
    invoice, record = observation.invoice, observation.record
    if invoice is None:
        return [], []
    lines = [
        line
        for line in invoice.lines
        if not decided_item_id(record, line.id, line_name(line.sku, line.name))
    ]
    fees = [
        fee for fee in invoice.fees if not decided_item_id(record, fee.id, line_name("", fee.label))
    ]
    return lines, fees


def _names_of(observation: Observation) -> set[ItemName]:
    """Return all names that undecided lines and fees of an invoice have for their items."""
    lines, fees = _undecided(observation)
    by_sku = {("sku", line.sku.casefold()) for line in lines if line.sku}
    names = {*(line.name for line in lines), *(fee.label for fee in fees)}
    return by_sku | {("name", name.casefold()) for name in names if name}


def _ids_of(observation: Observation, ids: Mapping[ItemName, str]) -> set[str]:
    """Return the items that an invoice's lines and fees have, or may get."""
    identity = observation.record.identity
    kept = {line.item_id for line in identity.lines.values()} if identity else set()
    return kept | {ids[name] for name in _names_of(observation) if name in ids}


def _item_names(observations: Iterable[Observation]) -> set[ItemName]:
    return {name for each in observations for name in _names_of(each)}


def _items_to_read(
    batch: Batch, observations: Sequence[Observation], ids: Mapping[ItemName, str]
) -> dict[str, set[str]]:
    """Return the values to look for, by QuickBooks' field. A name is needed for a line whose SKU
    is not known yet, and for a fee unless the settings name an item for fees."""
    undecided = [_undecided(each) for each in observations]
    lines = [line for each, _ in undecided for line in each]
    unknown = [line for line in lines if ("sku", line.sku.casefold()) not in ids]
    labels = {fee.label for _, fees in undecided for fee in fees}
    if batch.connection.settings.fee_item_id:
        labels = set()
    return {
        "Sku": {line.sku for line in unknown if line.sku},
        "Name": ({line.name for line in unknown} | labels) - {""},
    }
