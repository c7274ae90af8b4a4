"""Which words the notes of a ledger have is kept by the database, whoever writes. See
models/note_word.py."""

import pgtrigger

from live.triggers import after

# What transaction_note_words() has of them.
ADD = """
    INSERT INTO transactions_noteword (ledger_id, word)
    SELECT ledger_id, word FROM (
        SELECT DISTINCT t.ledger_id, word FROM {rows},
            unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', t.note))) AS word
        WHERE t.note <> '' AND octet_length(word) < 2000 AND {only}
    ) AS said
    WHERE NOT EXISTS (
        SELECT FROM transactions_noteword AS known
        WHERE known.ledger_id = said.ledger_id AND known.word = said.word COLLATE "C"
    );
"""
CAME = ADD.format(rows="new_rows AS t", only="true")
CHANGED = ADD.format(
    rows="new_rows AS t JOIN old_rows AS o USING (id)",
    only="(t.ledger_id, t.note) IS DISTINCT FROM (o.ledger_id, o.note)",
)


def words_of_notes() -> list[pgtrigger.Trigger]:
    return [
        after(pgtrigger.Insert, "words_insert", CAME),
        after(pgtrigger.Update, "words_update", CHANGED),
    ]
