"""The real GlassFlow Python SDK. The build leaves a glassflow.so in the checkout, which Python would take for the package."""

import os
import sys

from .postgres import SOURCE

os.environ.setdefault("GF_USAGESTATS_ENABLED", "false")
_path = list(sys.path)
sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != str(SOURCE)]
try:
    from glassflow.etl import Client  # noqa: F401
    from glassflow.etl.models import PipelineConfig  # noqa: F401
finally:
    sys.path[:] = _path
