"""Observe QuickBooks' items: those that lines and fees name, and which of them have a stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from invoice_sync.errors import FaultError
from invoice_sync.model import normal_forms
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import InventoryQuantity
from invoice_sync.model.quickbooks import Item, ItemName, Unusable
from invoice_sync.plan.identity import kept_item_id
from invoice_sync.plan.lines import has_name, item_names, source_name
from invoice_sync.quickbooks import parse
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.batch import Batch, Observation, Trouble


@dataclass(frozen=True)
class Items:
    """The ids of items by name, and of those the ones that a person chose."""

    ids: Mapping[ItemName, str]
    chosen: Mapping[ItemName, str]
    # The ids of items whose stock QuickBooks keeps.
    inventory: frozenset[str]
    # Names that several items have.
    rivals: Mapping[ItemName, tuple[Item, ...]]
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


# The SKU and the name of a line; a fee has only a name.
_Named = tuple[str, str]
_Field = Literal["Sku", "Name"]


@dataclass
class _Read:
    """What is read of items now."""

    items: dict[ItemName, list[Item]] = field(default_factory=dict)
    refused: dict[ItemName, FaultError] = field(default_factory=dict)

    def settled(self, lines: Iterable[_Named]) -> tuple[dict[ItemName, str], _Rivals]:
        """Return the ids of the items that alone have a name, and the items that share one. Of
        those with one SKU, the one that has the line's name too is meant."""
        ids: dict[ItemName, str] = {}
        rivals: dict[ItemName, tuple[Item, ...]] = {}
        for name, items in self.items.items():
            usable = [item for item in items if item.usable]
            if len(usable) == 1:
                ids[name] = usable[0].id
            elif usable:
                rivals[name] = tuple(usable)
        for sku, line_name in lines:
            names = item_names(sku, line_name)
            sharing = rivals.get(names[1], ()) if len(names) > 1 and names[0][0] == "both" else ()
            alike = [item for item in sharing if has_name(item, line_name)]
            if len(alike) == 1:
                ids[names[0]] = alike[0].id
        return ids, rivals

    @property
    def unusable(self) -> dict[ItemName, Unusable]:
        """The names that only a bundle or a category has, and which of the two it is."""
        return {
            name: kinds[0]
            for name, items in self.items.items()
            if not any(item.usable for item in items)
            and (kinds := [item.unusable for item in items if item.active and item.unusable])
        }


_Rivals = dict[ItemName, tuple[Item, ...]]


def read_items(batch: Batch, observations: Sequence[Observation]) -> Items:
    """Return the items of all lines and fees: by SKU, and by name where there is no SKU to find
    the item by. All are remembered, so a known item costs no read; nor does a written line, whose
    item is decided.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    keys = {remembered.item(name): name for name in _item_names(observations)}
    choice_keys = {remembered.item_choice(name): name for name in keys.values()}
    recalled = batch.memory.recall([*keys, *choice_keys])
    chosen = {choice_keys[key]: recalled[key] for key in choice_keys.keys() & recalled.keys()}
    chosen |= batch.assumptions.items
    ids = {keys[key]: recalled[key] for key in keys.keys() & recalled.keys()} | chosen
    lines = {line for each in observations for line in _named(each)}
    read = _read_missing(batch, observations, ids)
    fresh, rivals = read.settled(lines)
    batch.memory.keep(
        {remembered.item(name): item_id for name, item_id in fresh.items()}, remembered.ITEMS_KEPT
    )
    ids = fresh | ids
    is_inventory = {
        item.id: item.is_inventory for items in read.items.values() for item in items if item.usable
    }
    inventory = _inventory(batch, observations, ids, is_inventory)
    return Items(ids, chosen, inventory, rivals, read.unusable, read.refused)


def _read_missing(
    batch: Batch, observations: Sequence[Observation], ids: Mapping[ItemName, str]
) -> _Read:
    """Read the items that are not known by their SKU, and then those that are not by their name."""
    read = _Read()
    settings = batch.connection.settings
    lines = {line for each in observations for line in _named(each)}
    if settings.fee_item_id:
        labels = {fee.label for each in observations if each.invoice for fee in each.invoice.fees}
        lines -= {("", label) for label in labels}
    unknown = {line for line in lines if not any(name in ids for name in _first_names(*line))}
    _find(batch, read, "Sku", {sku for sku, _ in unknown if sku})
    left = {
        (sku, name)
        for sku, name in unknown
        if not _is_found(read, (sku, name)) and not set(item_names("", name)) & ids.keys()
    }
    _find(batch, read, "Name", {name for _, name in left if name})
    _search(batch, read, {line for line in left if not _is_known(read, line)})
    return read


def _first_names(sku: str, name: str) -> list[ItemName]:
    """Return the names that settle the item of a line: of one with a SKU, those with the SKU."""
    names = item_names(sku, name)
    return [each for each in names if each[0] != "name"] or [*names]


def _is_found(read: _Read, line: _Named) -> bool:
    """Tell whether an item that a line can have was found by the line's SKU."""
    names = [name for name in item_names(*line) if name[0] == "sku"]
    return any(item.usable for name in names for item in read.items.get(name, ()))


def _is_known(read: _Read, line: _Named) -> bool:
    """Tell whether anything is known of what a line names."""
    return any(name in read.items or name in read.refused for name in item_names(*line))


def _find(batch: Batch, read: _Read, field_name: _Field, values: set[str]) -> None:
    """Add the items that have these values to what is read."""
    texts = {_form(field_name, value): _text(field_name, value) for value in values}
    found = batch.quickbooks.find("Item", field_name, {*texts.values()} - {""})
    _add(read, field_name, texts, found.rows)
    kind = field_name.lower()
    for value, text in texts.items():
        if text in found.refused:
            read.refused[kind, value] = found.refused[text]


def _search(batch: Batch, read: _Read, lines: Iterable[_Named]) -> None:
    """Add the items that only a search finds, because their values have characters that nobody
    sees. It costs up to two more reads for each line that has no item otherwise."""
    values: list[tuple[_Field, str]] = []
    for sku, name in sorted(lines):
        values += [("Sku", sku)] if sku else []
        values += [("Name", name)] if name else []
    texts = [("Item", field_name, _text(field_name, value)) for field_name, value in values]
    if not texts:
        return
    groups = batch.quickbooks.resembling(texts)
    for (field_name, value), rows in zip(values, groups, strict=True):
        _add(read, field_name, [_form(field_name, value)], rows)


def _form(field_name: _Field, value: str) -> str:
    """Return a value in the form in which it is compared."""
    return normal_forms.name(value) if field_name == "Sku" else normal_forms.item_path(value)


def _text(field_name: _Field, value: str) -> str:
    """Return a value in the form in which it is looked for: a name without its categories."""
    return normal_forms.tidy(value) if field_name == "Sku" else normal_forms.item_leaf(value)


def _add(
    read: _Read,
    field_name: _Field,
    looked_for: Iterable[str],
    rows: Iterable[Mapping[str, Any]],
) -> None:
    items = [parse.item(row) for row in rows]
    for value in looked_for:
        if field_name == "Sku":
            same = [item for item in items if normal_forms.name(item.sku) == value]
        else:
            same = [item for item in items if has_name(item, value)]
            # The name with its categories tells more than the item's own name.
            whole = [each for each in same if normal_forms.item_path(each.full_name) == value]
            same = whole or same
        if same:
            read.items.setdefault((field_name.lower(), value), []).extend(same)


def _inventory(
    batch: Batch,
    observations: Sequence[Observation],
    ids: Mapping[ItemName, str],
    is_inventory: Mapping[str, bool],
) -> frozenset[str]:
    """Return the ids of the items whose stock QuickBooks keeps, as far as we know.

    An item that was not looked for by its name is read once a line with it was refused, and each
    time that such a failure is looked at again.
    """
    settings = batch.connection.settings
    kept = {item_id for each in observations for item_id in _kept_ids(each)}
    others = {settings.fallback_item_id, settings.fee_item_id, *ids.values(), *kept} - {""}
    doubtful = {
        item_id for each in observations if _is_in_doubt(each) for item_id in _kept_ids(each)
    }
    doubtful |= {
        item_id
        for observation in observations
        if _is_in_doubt(observation)
        for name in _names_of(observation)
        if (item_id := ids.get(name))
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


def _kept_ids(observation: Observation) -> set[str]:
    """Return the ids of the items that the lines of a written invoice have."""
    identity = observation.record.identity
    return {line.item_id for line in identity.lines.values()} if identity else set()


def _is_in_doubt(observation: Observation) -> bool:
    """Tell whether QuickBooks has refused the quantity of a line, so that the types of its items
    have to be read."""
    failure = observation.record.failure
    failing = failure is not None and isinstance(failure.detail, InventoryQuantity)
    return observation.task.has_read_items or failing


def _named(observation: Observation) -> set[_Named]:
    """Return the SKUs and names of an invoice's lines, and the labels of its fees, whose items are
    not decided yet."""
    invoice, record = observation.invoice, observation.record
    if invoice is None:
        return set()
    lines = [(line.id, line.sku, line.name) for line in invoice.lines]
    lines += [(fee.id, "", fee.label) for fee in invoice.fees]
    return {
        (sku, name)
        for source_id, sku, name in lines
        if not kept_item_id(record, source_id, source_name(sku, name))
    }


def _names_of(observation: Observation) -> set[ItemName]:
    """Return all names that undecided lines and fees of an invoice have for their items."""
    return {name for line in _named(observation) for name in item_names(*line)}


def _item_names(observations: Iterable[Observation]) -> set[ItemName]:
    return {name for each in observations for name in _names_of(each)}
