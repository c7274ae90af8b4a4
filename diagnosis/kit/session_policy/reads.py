"""What a page has read: by table, at which moment, and what of it is still there."""

import re
from collections import defaultdict
from collections.abc import Iterable

from session_policy.lives import Select, Unit
from session_policy.places import Place

CATALOGUE = re.compile("pg_catalog|information_schema", re.IGNORECASE)


class Asked:
    """What a page has read, by table."""

    def __init__(self, unit: Unit) -> None:
        self.length = unit.headers.get("Content-Length")
        self.places = {table: each.place for each in unit.selects for table in each.tables()}

    def where_not(self, other: "Asked") -> tuple[Place, ...]:
        missing = self.places.keys() - other.places.keys()
        return tuple(dict.fromkeys(self.places[table] for table in sorted(missing)))


def alive(selects: Iterable[Select]) -> dict[Select, list[object]]:
    """The instances that they have loaded."""
    by_objects, found = defaultdict(list), defaultdict(list)
    for select in selects:
        by_objects[select.objects].append(select)
    for objects, its in by_objects.items():
        for state in objects.states() if objects else ():
            loaded = [each for each in its if each.run < state.runid]
            if loaded and (row := state.obj()) is not None:
                found[loaded[-1]].append(row)
    return found


def is_of_values(select: Select) -> bool:
    """Not of instances."""
    columns = getattr(select.query, "column_descriptions", ())
    return not any(each["expr"] is each.get("entity") for each in columns) and not (
        CATALOGUE.search(select.statement)
    )


def are_of_two_moments(one: Select, other: Select) -> bool:
    same_table = one.tables() & other.tables()
    return bool(same_table) and one.moment != other.moment
