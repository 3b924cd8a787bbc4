"""Serves: under the job service with its messages, else from a shell."""

from __future__ import annotations

import os
import signal
import sys

from . import _stdio
from ._wire._array_files import ArrayFiles
from ._wire._frames import Frames
from ._wire._lines import Lines
from ._pipes import Input, Output
from ._session import Session, listen
from ._shell import run_in_shell
from ._worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def serve(handler: Callable[[Any], Any]) -> None:
    """Calls `handler(value)` for each job and sends back what it returns; returns when no more jobs come.

    What can be sent: None, bool, int, float, str, lists, tuples, dicts with text as keys, paths (as text), numpy's
    scalars and arrays. With the protocol `frames` arrays arrive as numpy arrays (without numpy as a memoryview) and
    leave as such; so do bytes, memoryview and array.array. With `lines` and from a shell numpy's arrays are nested
    lists. NaN and infinity are an error wherever they are not in a binary array, since JSON has neither.

    What the handler raises becomes the error of the job, and the worker keeps running; raise `JobError` for a
    plain message.
    What it prints goes to the log of the job; stdin is empty for it. Without the job service this reads JSON documents
    from stdin and prints the results.
    """
    if sys._getframe(1).f_globals.get("__name__") == "__mp_main__":
        return  # a child of multiprocessing imports the script for its functions alone
    claimed = _stdio.claimed
    if claimed is None:
        run_in_shell(handler)
        return
    input = Input(claimed.input)
    protocol = Frames(input, ArrayFiles(claimed.array_folders)) if claimed.protocol == "frames" else Lines(input)
    _leave_interrupts_to_the_host()
    worker = Worker(protocol, input, Output(claimed.output), handler)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _become_nobody(claimed, worker))
    listen(worker)
    try:
        worker.run()
    finally:
        listen(Session())


def _leave_interrupts_to_the_host() -> None:
    """With a function rather than SIG_IGN, which child processes would inherit."""
    try:
        signal.signal(signal.SIGINT, lambda _signal, _frame: None)
    except ValueError:
        pass  # only the main thread can, and gets them


def _become_nobody(claimed: _stdio.Claimed, worker: Worker) -> None:
    """A forked child does not speak for the worker: what it prints goes to stderr."""
    listen(Session())
    claimed.abandon()
    worker.fall_silent()
    sys.stdout = sys.__stdout__
