"""A whole ledger as one ZIP, and back: all but its members and what is theirs
alone, its uploads and what was undone."""

from imports.archive.restoring import Restored, new_ledger, restore
from imports.archive.writing import file_name, written

__all__ = ["Restored", "file_name", "new_ledger", "restore", "written"]
