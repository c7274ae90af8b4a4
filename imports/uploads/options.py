"""How an uploaded file is read: what a person chose, as the importer takes it."""

from typing import Any

from formats.parsing.records import Options
from formats.parsing.values import zone_named
from imports.models import ImportBatch, Upload
from imports.pipeline.importer import Import
from imports.pipeline.kinds import mapping_in
from ledgers.models import User


def import_of(upload: Upload, confirmed: bool = False, by: User | None = None) -> Import:
    """Confirmed by somebody, exactly what the check has shown."""
    chosen: dict[str, Any] = upload.options
    checked = upload.checked or {}
    options = Options(
        chain=chosen.get("chain") or "ethereum",
        owner_address=chosen.get("owner_address", ""),
        decimal_comma=chosen.get("decimal_mark") == ",",
        date_order=chosen.get("date_order", ""),
        zone=zone_named(chosen.get("time_zone") or "UTC"),
    )
    return Import(
        upload.ledger,
        checked["wallet"] if confirmed else chosen.get("wallet", ""),
        # One that was there when it was checked may have another name since.
        create_wallet=not confirmed or bool(checked["new_wallet"] or checked["wallets"]),
        format=checked["format"] if confirmed else chosen.get("format") or "auto",
        mapping=mapping_in(checked) if confirmed else None,
        options=options,
        skip_bad=bool(chosen.get("skip_bad")),
        restore_deleted=bool(chosen.get("restore_deleted")),
        user=by,
        way=ImportBatch.Way.PAGE,
        expected=checked["fingerprint"] if confirmed else "",
        wallets=checked.get("wallet_keys", {}) if confirmed else None,
    )
