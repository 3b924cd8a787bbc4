"""Errors of handlers, sent to the host as data."""

from __future__ import annotations

import os
import sys

# traceback is imported when there is something to report: it would be a tenth of the start of every worker
TYPE_CHECKING = False
if TYPE_CHECKING:
    from traceback import TracebackException

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
# The end of a traceback is what helps; a message may hold a whole array.
MAX_TRACEBACK = 16 * 1024
MAX_MESSAGE = 4 * 1024


class JobError(Exception):
    """Raised in a handler: the job fails with this message alone, without a traceback."""


class Unreadable(Exception):
    """What came on stdin is no message, in one sentence; nothing can be read after that."""


def describe(error: BaseException) -> dict[str, str]:
    """The error of an answer: message, type, and where in the handler it was raised."""
    kind = type(error).__name__
    try:
        message = str(error) or kind
    except Exception:
        message = kind
    message = shorten_end(message, MAX_MESSAGE)
    if isinstance(error, JobError):
        return {"message": message}
    described = {"message": message, "type": kind}
    traceback = traceback_of(error)
    if traceback:
        described["traceback"] = traceback
    return described


def traceback_of(error: BaseException) -> str:
    """As Python prints it, without the frames of this package; empty when there are no others."""
    from traceback import TracebackException

    summary = TracebackException(type(error), error, error.__traceback__)
    leave_out_helper(summary)
    if not summary.stack:
        return ""
    text = "".join(summary.format())
    return text if len(text) <= MAX_TRACEBACK else "…\n" + text[-MAX_TRACEBACK:]


def leave_out_helper(summary: TracebackException | None) -> None:
    """Of the error and of those that led to it."""
    while summary is not None:
        summary.stack[:] = [frame for frame in summary.stack if not frame.filename.startswith(HERE)]
        leave_out_helper(summary.__cause__)
        summary = summary.__context__


def shorten_end(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + "…"


def notify(sentence: str) -> None:
    """Prints a sentence for a person who looks at stderr."""
    print(f"headless_jobs: {sentence}", file=sys.stderr, flush=True)
