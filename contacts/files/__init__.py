"""Address books: contacts and own wallets from files, and contacts to a file."""

from contacts.files.export import as_csv
from contacts.files.importer import BookImport, import_book
from contacts.files.readers import BOOKS

__all__ = ["BOOKS", "BookImport", "as_csv", "import_book"]
