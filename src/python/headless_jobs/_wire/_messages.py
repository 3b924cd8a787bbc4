"""What the host says, and what both protocols can do."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class MessageProtocol(Protocol):
        """How messages become bytes, and bytes messages."""

        def read(self) -> list[Message] | None:
            """One read: the messages that it completes, `None` at the end of the stream. Raises Unreadable."""

        def value(self, message: Message) -> Any:
            """What the handler gets. Raises ValueError."""

        def answer(self, message: Message, result: Any) -> bytes:
            """Raises TypeError when the result cannot be sent, NoRoom when there is none for its arrays."""

        def small(self, id: int | None, content: dict[str, Any]) -> bytes:
            """A message of our own about the job `id`, or about none."""

        def unasked(self, value: Any) -> bytes:
            """Raises TypeError when the value cannot be sent."""


PROTOCOL_VERSION = 1


class Message:
    """One message of the host; `body` has the bytes of its arrays."""

    __slots__ = ("body", "head", "id")

    def __init__(self, id: Any, head: dict[str, Any], body: bytearray) -> None:
        self.id = id
        self.head = head
        self.body = body
