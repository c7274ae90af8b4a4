"""Address books: contacts and own wallets from files, and contacts to a file."""

from .importer import BookImport, import_book
from .readers import BOOKS
from .writing import as_csv

__all__ = ["BOOKS", "BookImport", "as_csv", "import_book"]
