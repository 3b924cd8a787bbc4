"""Makes a function a worker of Headless Jobs, run once or kept for many jobs.

from headless_jobs import serve

serve(lambda value: sum(value))
"""

from ._errors import JobError
from ._serve import serve
from ._session import cancelled, log, progress, send
from ._stdio import claim_when_asked

__all__ = ["JobError", "__version__", "cancelled", "log", "progress", "send", "serve"]
__version__ = "0.1.0"

# Here, not in `serve`: what is imported after this package may print, and stdout belongs to the messages.
claim_when_asked()
