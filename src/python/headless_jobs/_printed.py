"""What takes the place of sys.stdout in a worker: text that is printed goes to the log of the job."""

from __future__ import annotations

import codecs
import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from typing_extensions import Buffer

# A line may be as long as it likes; the log gets it in pieces.
MAX_UNFINISHED = 64 * 1024


class _Lines(io.RawIOBase):
    """Cuts what is written into lines."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """For child processes: it leads to stderr."""
        return 1

    def write(self, data: Buffer) -> int:
        data = bytes(data)
        text = self._unfinished + self._decoder.decode(data)
        lines, newline, self._unfinished = text.rpartition("\n")
        if newline:
            self._log(lines)
        if len(self._unfinished) > MAX_UNFINISHED:
            self.report_unfinished()
        return len(data)

    def report_unfinished(self) -> None:
        if self._unfinished:
            unfinished, self._unfinished = self._unfinished, ""
            self._log(unfinished)


class Printed(io.TextIOWrapper):
    """A text file whose lines become log messages."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._lines = _Lines(log)
        buffer = io.BufferedWriter(self._lines)
        super().__init__(buffer, "utf-8", "backslashreplace", newline="\n", line_buffering=True)

    def report_all(self) -> None:
        """Also the line that has no end yet."""
        self.flush()
        self._lines.report_unfinished()

    def close(self) -> None:
        """Stays open: the next job prints, too."""
        self.report_all()
