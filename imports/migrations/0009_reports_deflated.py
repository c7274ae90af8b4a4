"""What an import said of lines was one JSON document, which had to be in memory as a whole."""

import gzip
import json
from typing import Any

from django.db import migrations, models

from txproject.operations import together

KINDS = {"skipped": "skipped", "errors": "error", "remarks": "remark"}


def deflate(apps: Any, schema_editor: Any) -> None:
    for batch in apps.get_model("imports", "ImportBatch").objects.exclude(said={}).iterator(100):
        lists = {name: batch.said.get(name, []) for name in KINDS}
        rows = [{"kind": KINDS[name], **each} for name, some in lists.items() for each in some]
        lines = [json.dumps(row) + "\n" for row in sorted(rows, key=lambda row: row["line"])]
        batch.report = gzip.compress("".join(lines).encode(), 1, mtime=0)
        batch.remarks = len(lists["remarks"])
        batch.imported_by_name = batch.said.get("imported_by", "")
        batch.save(update_fields=["report", "remarks", "imported_by_name"])


def inflate(apps: Any, schema_editor: Any) -> None:
    names = {kind: name for name, kind in KINDS.items()}
    for batch in apps.get_model("imports", "ImportBatch").objects.iterator(100):
        said: dict[str, Any] = {}
        for line in gzip.decompress(batch.report).splitlines() if batch.report else ():
            row = json.loads(line)
            said.setdefault(names[row.pop("kind")], []).append(row)
        if batch.imported_by_name:
            said["imported_by"] = batch.imported_by_name
        batch.said = said
        batch.save(update_fields=["said"])


class Migration(migrations.Migration):
    dependencies = [("imports", "0008_verbose_names")]

    operations = together([
        migrations.RenameField("importbatch", "report", "said"),
        migrations.AddField(
            "importbatch", "report", models.BinaryField(editable=False, null=True)
        ),
        migrations.AddField(
            "importbatch",
            "remarks",
            models.PositiveIntegerField(default=0, verbose_name="remarks"),
        ),
        migrations.AddField(
            "importbatch",
            "imported_by_name",
            models.CharField(blank=True, editable=False, max_length=150),
        ),
        migrations.RunPython(deflate, inflate),
        migrations.RemoveField("importbatch", "said"),
    ])
