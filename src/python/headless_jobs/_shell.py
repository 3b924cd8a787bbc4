"""A worker that somebody runs by hand: JSON on stdin, JSON on stdout, all else on stderr."""

from __future__ import annotations

import json
import os
import re
import sys

from ._errors import JobError, notify, traceback_of
from ._wire._json import Encoder, as_lists
from ._pipes import Output
from ._session import Session, Throttle, listen
from ._stdio import claim_stdout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Callable


class Shell(Session):
    """A person listens."""

    def __init__(self) -> None:
        self._throttle = Throttle(lambda fraction, message: self.log(f"PROGRESS {fraction:.4g} {message}".rstrip()))
        self.encode = Encoder(as_lists).encode

    def progress(self, fraction: float, message: str) -> None:
        self._throttle.offer(fraction, message)

    def send(self, value: Any) -> None:
        self.log(f"MESSAGE {self.encode(value, 'message')}")

    def report_rest(self) -> None:
        self._throttle.flush()


def run_in_shell(handler: Callable[[Any], Any]) -> None:
    """Calls the handler with each value on stdin; ends the process with code 1 at the first error."""
    output = Output(claim_stdout())
    sys.stdout = sys.stderr
    shell = Shell()
    listen(shell)
    if os.isatty(0):
        notify(f"JSON is read from the terminal; {'Ctrl-Z and Enter' if os.name == 'nt' else 'Ctrl-D'} ends it.")
    try:
        values = list(_values(sys.stdin.buffer.read()))
    except ValueError as error:
        notify(f"stdin is no JSON: {error}.")
        raise SystemExit(1) from None
    for value in values or [None]:
        try:
            result = shell.encode(handler(value), "result")
        except Exception as error:
            shell.report_rest()
            traceback = "" if isinstance(error, JobError) else traceback_of(error)
            sys.stderr.write(traceback or f"{error}\n")
            raise SystemExit(1) from None
        shell.report_rest()
        output.write((result + "\n").encode("ascii"))


def _values(stdin: bytes) -> Iterator[Any]:
    """One JSON document after the other, on lines of their own or not; some shells begin with a byte order mark."""
    text = stdin.decode("utf-8-sig")
    decoder = json.JSONDecoder()
    visible = re.compile(r"\S")
    at = 0
    while start := visible.search(text, at):
        value, at = decoder.raw_decode(text, start.start())
        yield value
