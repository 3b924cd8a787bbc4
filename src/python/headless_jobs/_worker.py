"""The life of a worker: takes messages, calls the handler, answers."""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
from threading import Lock

from ._errors import Unreadable, describe, notify
from ._wire._messages import PROTOCOL_VERSION
from ._pipes import Output
from ._printed import Printed
from ._session import Session, Throttle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._wire._messages import Message, MessageProtocol
    from ._pipes import Input

EX_SOFTWARE = 70
# A look at stdin costs a system call.
LOOK_INTERVAL = 0.001  # seconds
# A longer text leaves in pieces.
MAX_LOG_CHARACTERS = 1024 * 1024


class Worker(Session):
    def __init__(self, protocol: MessageProtocol, input: Input, output: Output, handler: Callable[[Any], Any]) -> None:
        self._protocol = protocol
        self._input = input
        self._output = output
        self._handler = handler
        self._throttle = Throttle(self._tell_progress)
        self._printed = Printed(self.log)
        # of the job that is being done
        self._current: int | None = None
        self._is_cancelled = False
        # what has come and was not begun
        self._waiting: OrderedDict[int, Message] = OrderedDict()
        self._at_end = False
        self._next_look = 0.0
        # a thread of a handler may ask whether it is cancelled
        self._reading = Lock()

    def run(self) -> None:
        """Until the end of stdin."""
        printed_before, sys.stdout = sys.stdout, self._printed
        try:
            self._output.write(self._protocol.small(None, {"hello": PROTOCOL_VERSION, "features": ["cancel"]}))
            while self._do_next():
                pass
        finally:
            self._printed.report_all()
            sys.stdout = printed_before

    def _do_next(self) -> bool:
        """Whether there was one. Nothing of it is held while the next one is awaited: its arrays may be large."""
        message = self._take()
        if message is None:
            return False
        self._do(message)
        return True

    def _take(self) -> Message | None:
        if self._waiting:
            self._look()  # one of them may have been cancelled
        with self._reading:
            while not self._waiting and not self._at_end:
                self._read()
            return self._waiting.popitem(last=False)[1] if self._waiting else None

    def _do(self, message: Message) -> None:
        self._current = message.id
        self._is_cancelled = False
        try:
            answer = self._answer(message)
        finally:  # also when the handler ends the process
            self._printed.report_all()
            self._throttle.flush()
            self._current = None
        self._output.write(answer)

    def _answer(self, message: Message) -> bytes:
        try:
            return self._protocol.answer(message, self._handler(self._protocol.value(message)))
        except SystemExit:
            raise
        except BaseException as error:
            return self._protocol.small(message.id, {"error": describe(error)})

    def _look(self) -> None:
        """Takes in what has come, without waiting."""
        now = time.monotonic()
        if now < self._next_look or not self._reading.acquire(blocking=False):
            return
        self._next_look = now + LOOK_INTERVAL
        try:
            while not self._at_end and self._input.is_readable():
                self._read()
        finally:
            self._reading.release()

    def _read(self) -> None:
        try:
            messages = self._protocol.read()
        except Unreadable as error:
            notify(f"{error}. The worker ends.")
            raise SystemExit(EX_SOFTWARE) from None
        if messages is None:
            self._at_end = True
            return
        for message in messages:
            self._arrived(message)

    def _arrived(self, message: Message) -> None:
        id, head = message.id, message.head
        if type(id) is int and "value" in head:
            self._waiting[id] = message
        elif type(id) is int and head.get("cancel") is True:
            self._cancel(id)
        else:
            self._tell_nobody("A message that is neither a job nor a cancel was ignored.")

    def _cancel(self, id: int) -> None:
        if id == self._current:
            self._is_cancelled = True
        elif self._waiting.pop(id, None) is not None:
            error = {"message": "It was cancelled before it began.", "type": "Cancelled"}
            self._output.write(self._protocol.small(id, {"error": error}))

    def _tell_progress(self, fraction: float, message: str) -> None:
        content: dict[str, Any] = {"progress": fraction}
        if message:
            content["message"] = message
        self._output.write(self._protocol.small(self._current, content))

    def _tell_nobody(self, text: str) -> None:
        self._output.write(self._protocol.small(None, {"log": text}))

    def fall_silent(self) -> None:
        """In a forked child: what is held back is the parent's to say, and a lock may have been copied while it was held."""
        self._output = Output(self._output.fd)
        self._throttle = Throttle(lambda fraction, message: None)
        self._printed = Printed(lambda text: None)
        self._reading = Lock()

    # what handlers say

    def progress(self, fraction: float, message: str) -> None:
        if self._current is not None:
            self._throttle.offer(fraction, message)

    def log(self, text: str) -> None:
        for start in range(0, max(1, len(text)), MAX_LOG_CHARACTERS):
            piece = text[start : start + MAX_LOG_CHARACTERS]
            self._output.write(self._protocol.small(self._current, {"log": piece}))

    def cancelled(self) -> bool:
        if self._current is not None and not self._is_cancelled:
            self._look()
        return self._is_cancelled

    def send(self, value: Any) -> None:
        self._output.write(self._protocol.unasked(value))
