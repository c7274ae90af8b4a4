"""What the command has observed of every variant: `./dev diagnose --evidence` writes the file."""

import json
from pathlib import Path
from typing import Any

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "evidence.json").read_text(encoding="utf-8")
)
VARIANTS = {each["variant"] for each in RECORDED if each["right"] != "nothing"}
