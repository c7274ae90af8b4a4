"""What gunicorn serves: the application that the environment names, with its fault."""

import importlib
import os

import session_policy  # noqa: F401  (before the application)

module = importlib.import_module(f"tests.kit.apps.{os.environ['KIT_APP']}")
application = module.create_app("postgresql+psycopg://", os.environ["KIT_FAULT"])
