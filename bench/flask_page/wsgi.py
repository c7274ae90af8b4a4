"""What gunicorn serves."""

import os

from bench.flask_page.application import create

application = create(os.environ["DATABASE_URL"], int(os.environ.get("BENCH_THREADS", "8")))
for name in ("page.jinja", "list.jinja", "transactions/rows.jinja"):
    application.jinja_env.get_template(name)
