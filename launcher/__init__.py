"""What ./dev needs on one machine: a private PostgreSQL, the server, the checks."""
