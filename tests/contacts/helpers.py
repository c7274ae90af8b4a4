"""What people write of a contact: every field that the model has, so that none is forgotten."""

from contacts.models import Contact

OURS = {"id", "ledger", "version", "created_at", "edited_at", "edited_by"}
WRITTEN = [each.name for each in Contact._meta.concrete_fields if each.name not in OURS]
BESIDES = [name for name in WRITTEN if name != "name"]


def written(of: str, **given: str) -> dict[str, str]:
    """A text in each field beside the name."""
    return {name: f"{name} of {of}" for name in BESIDES} | given
