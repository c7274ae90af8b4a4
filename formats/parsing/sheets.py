"""The cells of a sheet with every digit that the file has."""

from decimal import Decimal
from typing import IO, Any

from openpyxl.worksheet._reader import VALUE_TAG, WorkSheetParser

BINARY_DIGITS = 17  # of a number that has been in binary


def parser_of(sheet: Any, source: IO[bytes]) -> WorkSheetParser:
    book = sheet.parent
    return ExactParser(
        source,
        sheet._shared_strings,
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,
        timedelta_formats=book._timedelta_formats,
    )


class ExactParser(WorkSheetParser):
    """Numbers are what the file has, and no floats."""

    def parse_cell(self, element: Any) -> Any:
        cell = super().parse_cell(element)
        if cell["data_type"] == "n" and cell["value"] is not None:
            cell["value"] = exact(element.findtext(VALUE_TAG))
        return cell


def exact(text: str) -> Decimal:
    """Spreadsheets keep numbers in binary, and write 1.1 as 1.1000000000000001: then the shortest
    text that is the same number is what was typed. One with more digits was never in binary."""
    number, typed = Decimal(text), Decimal(repr(float(text)))
    return typed if digits(typed) < digits(number) <= BINARY_DIGITS else number


def digits(number: Decimal) -> int:
    return len(number.as_tuple().digits)
