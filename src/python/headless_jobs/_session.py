"""What a handler may say while it works, and who listens: nobody, the job service or a terminal."""

from __future__ import annotations

import sys
import time
from threading import RLock, Timer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

PROGRESS_INTERVAL = 1 / 25  # seconds; nobody sees more


class Session:
    """Nobody listens: text goes to stderr, all else nowhere."""

    def progress(self, fraction: float, message: str) -> None:
        pass

    def log(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def cancelled(self) -> bool:
        return False

    def send(self, value: Any) -> None:
        pass


_session = Session()


def listen(session: Session) -> None:
    """From now on this one hears what handlers say."""
    global _session
    _session = session


def progress(fraction: float, message: str = "") -> None:
    """Announces how much of the current job is done, from 0 to 1; cheap enough for inner loops.

    What is out of range or NaN is ignored. At most 25 a second leave the process, and always the last one.
    """
    if 0 <= fraction <= 1:
        _session.progress(float(fraction), str(message))


def log(text: object) -> None:
    """Writes text to the log of the current job, as `print` does."""
    _session.log(str(text))


def cancelled() -> bool:
    """Whether nobody waits for the answer to the current job any more; cheap enough for inner loops."""
    return _session.cancelled()


def send(value: Any) -> None:
    """Sends a message to whoever started the worker, without being asked.

    Raises TypeError when the value cannot be sent; see `serve` for what can.
    """
    _session.send(value)


class Throttle:
    """Lets progress through at a bearable rate; the newest that was kept back leaves a moment later by itself."""

    def __init__(self, report: Callable[[float, str], None]) -> None:
        self._report = report
        self._next = 0.0
        self._withheld: tuple[float, str] | None = None
        self._timer: Timer | None = None
        # the timer is a thread of its own; the same one may come back through a finaliser that prints
        self._lock = RLock()

    def offer(self, fraction: float, message: str) -> None:
        with self._lock:
            now = time.monotonic()
            if now >= self._next:
                self._let_out(fraction, message)
                return
            self._withheld = (fraction, message)
            if self._timer is None:
                self._wait(self._next - now)

    def flush(self) -> None:
        """The job is about to end."""
        with self._lock:
            if self._withheld is not None:
                self._let_out(*self._withheld)

    def _wait(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._due)
        self._timer.daemon = True
        self._timer.start()

    def _due(self) -> None:
        with self._lock:
            self._timer = None
            if self._withheld is None:
                return
            too_early = self._next - time.monotonic()  # something newer has left meanwhile
            if too_early > 0:
                self._wait(too_early)
            else:
                self._let_out(*self._withheld)

    def _let_out(self, fraction: float, message: str) -> None:
        self._next = time.monotonic() + PROGRESS_INTERVAL
        self._withheld = None
        self._report(fraction, message)
