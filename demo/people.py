"""Who and what the demo ledger knows by name. All of them are made up."""

from itertools import count
from typing import NamedTuple

PEOPLE = {
    "landlord": ["Maria Keller"],
    "client": ["Nordlicht Studio", "Atelier Brandt", "Fjord & Field", "Kestrel Labs"],
    "service": ["Alpine Hosting", "Redwood Domains", "Tidepool VPN"],
    "shop": [
        "Kaffeerösterei Ebert",
        "Bergrad",
        "Second Byte",
        "Meadow Market",
        "Café Lumen",
        "Paper & Thread",
    ],
    "friend": ["Jonas", "Ana", "Priya N.", "Oma Inge", "Tobias Vogt", "Lena"],
    "venue": ["Quayside Swap", "Otter Exchange", "Lantern Bridge"],
    "desk": ["Blue Harbor OTC", "Marlow Trading"],
    "staking": ["Kraken staking"],
}
NOTES = {
    "Blue Harbor OTC": "Desk in Hamburg. Ask Petra for the settlement address before each trade.",
    "Maria Keller": "Flat in the Lindenstraße; rent is due on the 3rd.",
    "Nordlicht Studio": "Invoices on the last Friday of the month.",
}
# The chains on which people of a kind have an address.
FAMILIES = {
    "landlord": ("evm",),
    "client": ("evm", "tron"),
    "service": ("bitcoin", "evm"),
    "shop": ("evm", "bitcoin", "solana"),
    "friend": ("solana", "evm", "bitcoin"),
    "venue": ("evm", "solana"),
    "desk": ("evm", "tron", "bitcoin"),
    "staking": (),
}
FIRST = ("Amara", "Bruno", "Carla", "Dario", "Elif", "Freya", "Goran", "Hana", "Ivo", "Jana",
         "Kofi", "Liv", "Marek", "Nora", "Otis", "Paula", "Quentin", "Rosa", "Sami",
         "Tilda")  # fmt: skip
LAST = ("Adler", "Bachmann", "Conti", "Dreyer", "Engel", "Falk", "Grau", "Horvat", "Ivens",
        "Jansen", "Krause", "Lindqvist", "Moreau", "Novak", "Okafor", "Prinz", "Quandt",
        "Rossi", "Sander", "Tamm", "Uhl", "Vidal", "Weiss", "Yilmaz", "Zander")  # fmt: skip

LABELS = {
    "rent": "orange",
    "household": "blue",
    "staking": "purple",
    "savings": "green",
    "liquidity": "teal",
    "business": "blue",
    "otc": "yellow",
    "family": "pink",
    "travel": "lime",
    "to check": "gray",
}
TAX_COLOUR = "red"


class Person(NamedTuple):
    name: str
    role: str
    note: str = ""


def people(n: int) -> list[Person]:
    """At least those above, then others until there are n."""
    known = [Person(name, role, NOTES.get(name, "")) for role in PEOPLE for name in PEOPLE[role]]
    roles = ("friend", "client", "shop", "landlord", "service")
    more = (
        Person(f"{FIRST[i % len(FIRST)]} {LAST[i // len(FIRST)]}", roles[i % len(roles)])
        for i in count()
    )
    return known + [next(more) for _ in range(n - len(known))]
