"""The laboratory of diagnosis/: its verdicts, its right application, its broken ones."""
