import gc
import sys
import zoneinfo
from argparse import ArgumentTypeError
from collections.abc import Iterable
from datetime import tzinfo
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

from formats.detection import UnknownFormat, named, names
from formats.parsing.files import IN_MEMORY
from formats.parsing.records import ImportFailed, Options, RowError, Skipped
from formats.parsing.values import zone_named
from formats.parsing.workbooks import is_workbook
from imports.console import (
    Bar,
    as_report,
    complaint,
    reasons,
    refusal,
    remarked,
    summary,
    write_file,
)
from imports.management.ending import (
    DONE,
    INTERRUPTED,
    REFUSED,
    UNUSABLE,
    ending,
    find_ledger,
    out_of_reach,
)
from imports.pipeline.importer import Import, find_wallet, import_file
from imports.pipeline.kinds import find_mapping
from imports.pipeline.result import ImportResult
from imports.pipeline.workbooks import tables_in
from imports.uploads.blocks import keep


def time_zone(name: str) -> tzinfo:
    try:
        return zone_named(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        message = _("there is no time zone “%s”; names are such as Europe/Berlin") % name
        raise ArgumentTypeError(message) from None


# What became of a file, and the status of it.
type Outcome = tuple[ImportResult, int]


def spooled(content: Iterable[bytes]) -> IO[bytes]:
    target = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115, it lives as long as it is read
    target.writelines(content)
    target.seek(0)
    return target


class Command(BaseCommand):
    help = _(
        "Import files of exchanges and explorers into a wallet, each as a whole or not at all."
    )
    requires_system_checks: list[str] = []
    run: Any = staticmethod(partial(import_file, done=keep))
    summary: Any = staticmethod(summary)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")
        help_text = _("which the files are of; not for our own export, whose rows name theirs")
        parser.add_argument("--wallet", default="", metavar="NAME", help=help_text)
        parser.add_argument("--create-wallet", action="store_true", help=_("make a missing wallet"))
        parser.add_argument("--format", default="auto", metavar="NAME", help=f"auto, {names()}")
        help_text = _("how the columns of another table are read: TOML, or saved in the ledger")
        parser.add_argument("--mapping", default="", metavar="FILE.toml|NAME", help=help_text)
        parser.add_argument(
            "--chain", default="ethereum", help=_("which an explorer's export is of")
        )
        parser.add_argument("--owner-address", default="", help=_("whose an explorer's export is"))
        help_text = _("of times that do not say theirs (default: UTC)")
        parser.add_argument("--timezone", type=time_zone, default="UTC", help=help_text)
        help_text = _("numbers are written 1.234,56")
        parser.add_argument("--decimal-comma", action="store_true", help=help_text)
        help_text = _("which comes first in dates that end with the year")
        parser.add_argument("--date-order", choices=["dmy", "mdy"], default="", help=help_text)
        parser.add_argument("--skip-bad", action="store_true", help=_("leave bad rows out"))
        help_text = _("bring rows back that somebody has deleted")
        parser.add_argument("--restore-deleted", action="store_true", help=help_text)
        parser.add_argument("--dry-run", action="store_true", help=_("write nothing"))
        help_text = _("JSON to a file, or to standard output (-)")
        parser.add_argument("--report", default="", metavar="PATH", help=help_text)

    def handle(self, *, files: list[str], report: str, **options: Any) -> None:
        self.say = self.stderr if report == "-" else self.stdout
        gc.freeze()  # what is there already is not looked through again and again
        with ending():
            job = self._job(**options)
            outcomes = [outcome for file in files for outcome in self._import(job, file)]
        self._report(report, [result for result, _status in outcomes])
        self._leave([status for _result, status in outcomes])

    def _job(self, **options: Any) -> Import:
        if options["format"] != "auto":
            named(options["format"])
            if options["mapping"]:
                raise ImportFailed(_("Name a format or a mapping, not both."))
        ledger = find_ledger(options["ledger"])
        if options["wallet"] and not options["create_wallet"]:
            find_wallet(ledger, options["wallet"])
        return Import(
            ledger,
            options["wallet"],
            create_wallet=options["create_wallet"],
            format=options["format"],
            mapping=find_mapping(ledger, options["mapping"]) if options["mapping"] else None,
            options=Options(
                chain=options["chain"],
                owner_address=options["owner_address"],
                zone=options["timezone"],
                decimal_comma=options["decimal_comma"],
                date_order=options["date_order"],
            ),
            skip_bad=options["skip_bad"],
            restore_deleted=options["restore_deleted"],
            dry_run=options["dry_run"],
        )

    def _import(self, job: Import, file: str) -> list[Outcome]:
        """The file, or each sheet of a workbook."""
        try:
            with Path(file).open("rb") as source:
                if is_workbook(source):
                    return self._import_sheets(job, file, source)
                return [self._import_table(job, file, source)]
        except (ImportFailed, OSError) as error:
            return [self._unusable(file, error)]

    def _import_sheets(self, job: Import, file: str, source: IO[bytes]) -> list[Outcome]:
        """Those that no format knows are left out if there are others."""
        outcomes: list[Outcome] = []
        unknown: list[tuple[str, UnknownFormat]] = []
        found = tables_in(source, file, settings.MAX_UPLOAD_MB << 20)
        for name, table in [(name, spooled(content)) for name, content in found]:
            try:
                outcomes.append(self._import_table(job, name, table))
            except UnknownFormat as error:
                unknown.append((name, error))
        told = self._left_out if outcomes else self._unusable
        return [*outcomes, *(told(name, error) for name, error in unknown)]

    def _import_table(self, job: Import, file: str, source: IO[bytes]) -> Outcome:
        bar = Bar(sys.stderr, file)
        try:
            result = self.run(job, source, Path(file).name, bar)
        except KeyboardInterrupt:
            bar.clear()
            message = _("Interrupted: nothing of %s was written. Run it again to import it.") % file
            raise CommandError(message, returncode=INTERRUPTED) from None
        except (UnknownFormat, OSError):
            bar.clear()
            raise
        except (ImportFailed, DatabaseError, InterfaceError) as error:
            bar.clear()
            if out_of_reach(error):
                raise
            return self._unusable(file, error)
        bar.clear()
        result.file = file
        return result, self._told(result, job)

    def _left_out(self, file: str, error: Exception) -> Outcome:
        message = _("this sheet is left out: %s") % error
        self.say.write(f"{file}: {message}")
        return ImportResult(file, lines=1, skipped=[Skipped(1, message)]), DONE

    def _unusable(self, file: str, error: Exception) -> Outcome:
        if isinstance(error, ImportFailed):
            message = refusal(error)
        elif isinstance(error, OSError):
            message = _("%s: name a file that can be read") % error.strerror
        else:
            message = str(error).strip().partition("\n")[0]
        self.stderr.write(f"{file}: {message}")
        problem = RowError(1, "", message)
        return ImportResult(file, lines=1, errors=[problem]), UNUSABLE

    def _told(self, result: ImportResult, job: Import) -> int:
        for error in result.errors:
            self.stderr.write(complaint(result.file, error))
        self.say.write(self.summary(result, job.dry_run))
        for text in [*reasons(result.skipped), *remarked(result.remarks)]:
            self.say.write(f"  {text}")
        if job.skip_bad or not result.errors:
            return DONE
        self.say.write(f"  {_('Correct the lines named above, or leave them out: --skip-bad.')}")
        return REFUSED

    def _report(self, place: str, results: list[ImportResult]) -> None:
        if place == "-":
            self.stdout.writelines(as_report(results))
        elif place:
            try:
                write_file(Path(place), map(str.encode, as_report(results)))
            except OSError as error:
                message = _(
                    "The report cannot be written to %(path)s: %(reason)s. Name another place with"
                    " --report; lines that are imported are not imported again."
                )
                names = {"path": place, "reason": error.strerror}
                raise CommandError(message % names, returncode=UNUSABLE) from None

    def _leave(self, statuses: list[int]) -> None:
        failed = sum(status != DONE for status in statuses)
        if failed:
            message = _("Not imported: %(failed)d of %(all)d files.")
            counts = {"failed": failed, "all": len(statuses)}
            raise CommandError(message % counts, returncode=max(statuses))
