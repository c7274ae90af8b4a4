"""Address books: contacts and own wallets from files, and contacts to a file."""

from contacts.files.importer import BookImport, import_book
from contacts.files.readers import BOOKS
from contacts.files.writing import as_csv

__all__ = ["BOOKS", "BookImport", "as_csv", "import_book"]
