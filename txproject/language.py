"""What a terminal speaks. Standard library only, of Python 3.8 too: the launcher asks it first."""

import gettext as gnu
import os
from pathlib import Path

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
# As gettext has it: the first that is set counts.
VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def of_terminal() -> str:
    wanted = next(filter(None, map(os.environ.get, VARIABLES)), "")
    return "ru" if wanted.startswith("ru") else "en"


# For what is said where Django is not there yet, or not at all.
gettext = gnu.translation("django", str(LOCALE_DIR), [of_terminal()], fallback=True).gettext
