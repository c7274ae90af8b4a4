"""A whole ledger as one ZIP, and back: all but its members and what is theirs
alone, its uploads, and what was undone."""

from imports.archive.reading import opened
from imports.archive.restoring import Restored, empty_ledger, fill, restore
from imports.archive.writing import file_name, written

__all__ = ["Restored", "empty_ledger", "file_name", "fill", "opened", "restore", "written"]
