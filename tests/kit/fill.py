"""The tables of all applications: `python -m tests.kit.fill`."""

from sqlalchemy import create_engine

from tests.kit.apps import clinic, letters, library, warehouse

engine = create_engine("postgresql+psycopg://")
for application in (clinic, letters, library, warehouse):
    application.fill(engine)
