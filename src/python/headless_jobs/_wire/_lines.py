"""The protocol `lines`: each message is one line of JSON."""

from __future__ import annotations

import json

from .._errors import Unreadable
from ._json import MAX_MESSAGE_BYTES, Encoder, as_lists, parse
from ._messages import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._pipes import Input

READ_BYTES = 64 * 1024
NO_BODY = bytearray()


class Lines:
    def __init__(self, input: Input) -> None:
        self._input = input
        self._encode = Encoder(as_lists).encode
        self._small = json.JSONEncoder(separators=(",", ":")).encode
        # of the line that has no end yet
        self._pieces: list[bytes] = []

    def read(self) -> list[Message] | None:
        chunk = self._input.read(READ_BYTES)
        if not chunk:
            if self._pieces:
                raise Unreadable("stdin ended in the middle of a message")
            return None
        *lines, rest = chunk.split(b"\n")
        if self._pieces and lines:
            lines[0] = b"".join([*self._pieces, lines[0]])
            self._pieces = []
        if rest:
            self._pieces.append(rest)
        return [_message(line) for line in lines if line.strip()]

    def value(self, message: Message) -> Any:
        return message.head["value"]

    def answer(self, message: Message, result: Any) -> bytes:
        return _checked(f'{{"id":{message.id},"value":{self._encode(result, "result")}}}\n', "result")

    def small(self, id: int | None, content: dict[str, Any]) -> bytes:
        return (self._small(content if id is None else {"id": id, **content}) + "\n").encode("ascii")

    def unasked(self, value: Any) -> bytes:
        return _checked(f'{{"message":{self._encode(value, "message")}}}\n', "message")


def _checked(text: str, name: str) -> bytes:
    line = text.encode("ascii")
    if len(line) > MAX_MESSAGE_BYTES:
        raise TypeError(f"The {name} is too long: {len(line):,} bytes of JSON; the limit is {MAX_MESSAGE_BYTES:,}.")
    return line


def _message(line: bytes) -> Message:
    try:
        parsed = parse(line.decode())
    except (ValueError, RecursionError) as error:
        start = line[:60].decode("utf-8", "replace")
        raise Unreadable(f"a line on stdin is no JSON: {error}; it begins with {start!r}") from None
    if not isinstance(parsed, dict):
        return Message(None, {}, NO_BODY)
    return Message(parsed.get("id"), parsed, NO_BODY)
