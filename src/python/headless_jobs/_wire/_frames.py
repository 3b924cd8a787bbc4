"""The protocol `frames`: a fixed header, a head of JSON, then the bytes of arrays.

    offset  bytes  what (little endian)
         0      4  "HJF1"
         4      4  id of the job or request; 0 for none
         8      4  length of the head, its padding included
        12      4  0
        16      8  length of the body
        24         the head: JSON, padded with blanks so that the body begins at a multiple of 8
                   the body: the arrays one after the other, each padded to a multiple of 8

Where an array belongs in the message is a list of keys and indices in the head's `arrays`.
"""

from __future__ import annotations

import json
import struct

from ._arrays import ALIGNMENT, find_arrays, outgoing, place_arrays
from .._errors import Unreadable
from ._json import MAX_MESSAGE_BYTES, Encoder, parse
from ._messages import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._array_files import ArrayFiles
    from .._pipes import Input

READ_BYTES = 256 * 1024
HEADER = struct.Struct("<4sIIIQ")
MAGIC = b"HJF1"
# An array of more bytes than this travels as a file.
MAX_ARRAY_BYTES_IN_FRAME = 1024 * 1024
# So do further ones when those in the frame have so many bytes: thousands of small ones must not make it too long.
MAX_BODY_BYTES = MAX_MESSAGE_BYTES // 2


class Frames:
    def __init__(self, input: Input, files: ArrayFiles) -> None:
        self._input = input
        self._files = files
        self._small = json.JSONEncoder(separators=(",", ":")).encode
        # what has come of the next frame, up to its body
        self._start = bytearray()
        # the frame whose body is coming, and how much of that there is
        self._message: Message | None = None
        self._filled = 0

    def read(self) -> list[Message] | None:
        chunk = self._input.read(READ_BYTES)
        if not chunk:
            if self._start or self._message:
                raise Unreadable("stdin ended in the middle of a frame")
            return None
        self._start += chunk
        messages: list[Message] = []
        while True:
            self._message = self._message or self._take_head()
            if self._message is None or not self._fill_body(self._message):
                return messages
            messages.append(self._message)
            self._message = None

    def _take_head(self) -> Message | None:
        """Begins the next frame when its head is there."""
        start = self._start
        if len(start) < HEADER.size:
            if not MAGIC.startswith(bytes(start[:4])):
                raise Unreadable(f"no frame begins with {bytes(start)!r}")
            return None
        magic, id, head_bytes, _, body_bytes = HEADER.unpack_from(start)
        if magic != MAGIC:
            raise Unreadable(f"no frame begins with {bytes(start[:16])!r}")
        body_at = HEADER.size + head_bytes
        if body_at + body_bytes > MAX_MESSAGE_BYTES:
            total = body_at + body_bytes
            raise Unreadable(f"a frame of {total:,} bytes is too long; the limit is {MAX_MESSAGE_BYTES:,}")
        if len(start) < body_at:
            return None
        try:
            head = parse(start[HEADER.size : body_at].decode())
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"the head of a frame is no JSON: {error}") from None
        if not isinstance(head, dict):
            raise Unreadable("the head of a frame is no object")
        del start[:body_at]
        self._filled = 0
        return Message(id or None, head, bytearray(body_bytes))

    def _fill_body(self, message: Message) -> bool:
        """Moves what has come into the body; whether that is all of it."""
        length = min(len(self._start), len(message.body) - self._filled)
        with memoryview(self._start) as start:
            message.body[self._filled : self._filled + length] = start[:length]
        del self._start[:length]
        self._filled += length
        return self._filled == len(message.body)

    def value(self, message: Message) -> Any:
        """With its arrays: views of the body and of mapped files."""
        place_arrays(message, self._files)
        return message.head["value"]

    def answer(self, message: Message, result: Any) -> bytes:
        return self._frame(message.id, "value", result, "result", message.head.get("job"))

    def small(self, id: int | None, content: dict[str, Any]) -> bytes:
        return _join(id, self._small(content), [])

    def unasked(self, value: Any) -> bytes:
        """All in the frame: files belong to a job and go with it, a message belongs to none."""
        return self._frame(None, "message", value, "message", None)

    def _frame(self, id: int | None, key: str, value: Any, name: str, job: str | None) -> bytes:
        """Arrays of more than a MiB become files of the job, and small ones when there are too many."""
        found: list[None] = []
        # `append` says None, which stands for the array
        text = Encoder(lambda _array: found.append(None)).encode(value, name)
        if not found:
            return _join(id, f'{{"{key}":{text}}}', [])
        entries, inline, inline_bytes = [], [], 0
        for path, array in find_arrays(value, (key,)):
            dtype, shape, data = outgoing(array, name, path[1:])
            entry: dict[str, Any] = {"path": path, "dtype": dtype, "shape": shape}
            is_crowded = bool(self._files.folders) and inline_bytes + data.nbytes > MAX_BODY_BYTES
            if job is not None and (data.nbytes > MAX_ARRAY_BYTES_IN_FRAME or is_crowded):
                entry["file"] = self._files.write(job, data)
            else:
                inline.append(data)
                inline_bytes += data.nbytes
            entries.append(entry)
        return _join(id, f'{{"{key}":{text},"arrays":{self._small(entries)}}}', inline)


def _join(id: int | None, head: str, inline: list[memoryview]) -> bytes:
    """Raises TypeError when the frame would be too long."""
    text = head.encode("ascii")
    text += b" " * (-len(text) % ALIGNMENT)
    body_bytes = sum(data.nbytes + -data.nbytes % ALIGNMENT for data in inline)
    total = HEADER.size + len(text) + body_bytes
    if total > MAX_MESSAGE_BYTES:
        raise TypeError(f"The message is too long: {total:,} bytes; the limit is {MAX_MESSAGE_BYTES:,}.")
    parts: list[bytes | memoryview] = [HEADER.pack(MAGIC, id or 0, len(text), 0, body_bytes), text]
    for data in inline:
        parts += (data, bytes(-data.nbytes % ALIGNMENT))
    return b"".join(parts)
