from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger

TIDY = """
    DELETE FROM transactions_noteword AS w
    WHERE ledger_id NOT IN (SELECT id FROM ledgers_ledger) OR EXISTS (
        SELECT FROM transactions_noteword AS other
        WHERE other.ledger_id = w.ledger_id AND other.word = w.word AND other.id < w.id
    )
"""


class NoteWordQuerySet(models.QuerySet["NoteWord"]):
    def tidy(self) -> None:
        """Each once; none of a ledger that is gone."""
        with connection.cursor() as cursor:
            cursor.execute(TIDY)


class NoteWord(models.Model):
    """A word that a note of the ledger has, or had. With all that begin so, a search by the
    beginning of a word asks its index for words, which takes a third of the time.

    Each statement that writes notes adds those that it does not see (triggers/note_words.py);
    two that write the same one add it twice, so that neither waits. None is ever taken away: notes
    without it are not found by it.
    """

    ledger = models.ForeignKey(
        Ledger,
        models.DO_NOTHING,
        verbose_name=_("ledger"),
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # As a text search has it, in the order of its bytes.
    word = models.TextField(_("word"), db_collation="C")

    objects = NoteWordQuerySet.as_manager()

    class Meta:
        verbose_name = _("word of a note")
        verbose_name_plural = _("words of notes")
        indexes = [models.Index(fields=["ledger", "word"], name="note_word")]

    def __str__(self) -> str:
        return self.word
