"""The two pipes to the host: whole messages out, whatever bytes there are in."""

from __future__ import annotations

import os
import select
from threading import RLock

from ._poll import is_readable


class Input:
    """Reads what has come."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def read(self, most: int) -> bytes:
        """Waits for at least one byte; none at the end of the stream."""
        while True:
            try:
                return os.read(self._fd, most)
            except BlockingIOError:  # somebody has made the pipe non-blocking
                select.select([self._fd], [], [])

    def is_readable(self) -> bool:
        return is_readable(self._fd)


class Output:
    """Writes one message after the other, from any thread."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        # one that the same thread may take twice: a finaliser that prints can run at any moment
        self._lock = RLock()

    def write(self, message: bytes) -> None:
        """Leaves at once and whole; ends the process when nobody reads any more."""
        with self._lock:
            try:
                written = self._write_some(message)
                if written < len(message):
                    rest = memoryview(message)[written:]
                    while rest:
                        rest = rest[self._write_some(rest) :]
            except OSError as error:
                # not to be caught by a handler's `except Exception`
                raise SystemExit(f"headless_jobs: nobody takes the answer: {error.strerror}") from error

    def _write_some(self, data: bytes | memoryview) -> int:
        while True:
            try:
                return os.write(self.fd, data)
            except BlockingIOError:
                select.select([], [self.fd], [])
