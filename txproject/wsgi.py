"""For servers that speak WSGI; ours speaks ASGI (asgi.py)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

application = get_wsgi_application()
