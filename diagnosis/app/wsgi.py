"""What gunicorn serves: the variant that the environment names."""

import os

from diagnosis.app.probe import probe
from diagnosis.app.variants import find

variant = find(os.environ["DIAGNOSIS_VARIANT"])()
application = variant.create(os.environ["DIAGNOSIS_DATABASE"], os.environ.get("DIAGNOSIS_HEAD", ""))
application.register_blueprint(probe)
