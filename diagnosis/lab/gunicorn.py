"""gunicorn, which imports what all its workers need before it forks, to start sooner. The
application itself is made in each worker, as always without `--preload`."""

from gunicorn.app.wsgiapp import run

import diagnosis.app.probe
import diagnosis.app.variants  # noqa: F401

if __name__ == "__main__":
    run()
