"""Two records become one (knowledge base "Merge records", guide "Webhooks").

The winner's values stay and its empty ones are filled from the loser. The loser's id answers the
winner's record from then on. That nothing but `object.merge` is told is an assumption.
"""

from __future__ import annotations

from .answers import invalid
from .records import Record, Source
from .types import PRIMARY, LinkType
from .writing import Writing

_MERGEABLE = ("contacts", "companies", "deals")


class Merging(Writing):
    def join(self, name: str, winner_id: str, loser_id: str, source: Source) -> Record:
        """Merge the loser into the winner and return the record that is left."""
        winner, loser = self.existing(name, winner_id), self.existing(name, loser_id)
        if name not in _MERGEABLE or winner is loser:
            raise invalid(f"{name} {winner_id} and {loser_id} cannot be merged.")
        kept = self._renewed(winner) if self._switches.merge_makes_new_record else winner
        for gone in (winner.id, loser.id) if kept is not winner else (loser.id,):
            self._merged[name, gone] = kept.id
            self._move_links(name, gone, kept.id)
            del self._records[name][gone]
        self._forget_addresses(winner)
        self._forget_addresses(loser)
        moved = {
            key: value for key, value in loser.properties.items() if key not in kept.properties
        }
        earlier = [record.properties.get("hs_merged_object_ids", "") for record in (winner, loser)]
        ids = ";".join(filter(None, [*earlier, winner.id if kept is not winner else "", loser.id]))
        values = {**moved, "hs_merged_object_ids": ids}
        if name == "contacts":
            values |= self._additional(kept, loser)
        self._store(kept, values, source)
        self._touch(kept)
        self._remember_addresses(kept)
        self._tell(
            "object.merge",
            kept,
            source,
            primaryObjectId=int(winner_id),
            mergedObjectIds=[int(loser_id)],
            newObjectId=int(kept.id),
            numberOfPropertiesMoved=len(moved),
        )
        return kept

    @staticmethod
    def _additional(kept: Record, loser: Record) -> dict[str, str]:
        """Return the winner's additional addresses: its own, and all of the loser."""
        texts = [
            kept.properties.get("hs_additional_emails", ""),
            loser.properties.get("email", ""),
            loser.properties.get("hs_additional_emails", ""),
        ]
        every = [address for text in texts for address in text.split(";") if address]
        main = kept.properties.get("email", loser.properties.get("email"))
        others = ";".join(address for address in dict.fromkeys(every) if address != main)
        return {"hs_additional_emails": others} if others else {}

    def _renewed(self, winner: Record) -> Record:
        """Return the winner as a new record, as HubSpot makes it for some merges."""
        kept = Record(self._ids.take(), winner.type, winner.created, winner.updated)
        kept.properties = {**winner.properties, "hs_object_id": kept.id}
        kept.history, kept.fixed = winner.history, winner.fixed
        self._records[winner.type][kept.id] = kept
        return kept

    def _move_links(self, name: str, gone: str, kept: str) -> None:
        for end, ends in self._links.pop((name, gone), {}).items():
            for end_id, types in ends.items():
                self._links[end, end_id][name].pop(gone, None)
                for link_type in types:
                    if not self._second_primary(name, kept, link_type):
                        self._add_type(name, kept, end, end_id, link_type)

    def _second_primary(self, name: str, kept: str, link_type: LinkType) -> bool:
        """Return whether the winner has a primary company already, as each contact has one."""
        if name != "contacts" or link_type != PRIMARY["contacts", "companies"]:
            return False
        companies = self._links.get((name, kept), {}).get("companies", {})
        return any(link_type in types for types in companies.values())

    def _add_type(self, name: str, kept: str, end: str, end_id: str, link_type: LinkType) -> None:
        types = self._pair(name, kept, end, end_id)
        if link_type not in types:
            types.append(link_type)
            self._pair(end, end_id, name, kept).append(self.reverse(name, end, link_type))

    def define_label(self, start: str, end: str, label: str, back: str, category: str) -> LinkType:
        """Add a label to the account; ids count on within the category, from both ends at once."""
        every = [kind for kinds in self.labels.values() for kind in kinds]
        first = 1 if category == "USER_DEFINED" else 9101  # HubSpot's own: a stand-in
        number = first + sum(kind.category == category for kind in every)
        there, here = LinkType(category, number, label), LinkType(category, number + 1, back)
        self.labels.setdefault((start, end), []).append(there)
        self.labels.setdefault((end, start), []).append(here)
        return there
