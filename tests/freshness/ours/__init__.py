"""txproject, driven: its pages, admin, import command, the ORM and psql, and what breaks them."""
