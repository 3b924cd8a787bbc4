"""Whether a pipe has something to read, without waiting for it."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    # with the types of its arguments: a handle does not fit into an int
    _peek = ctypes.WinDLL("kernel32").PeekNamedPipe
    _pointer = ctypes.c_void_p
    _peek.argtypes = [wintypes.HANDLE, _pointer, wintypes.DWORD, _pointer, _pointer, _pointer]
    _peek.restype = wintypes.BOOL

    def is_readable(fd: int) -> bool:
        """A closed pipe and what is no pipe are: a read shows at once what they hold."""
        available = wintypes.DWORD(0)
        peeked = _peek(msvcrt.get_osfhandle(fd), None, 0, None, ctypes.byref(available), None)
        return not peeked or available.value > 0

else:
    import select

    def is_readable(fd: int) -> bool:
        """The end of the stream is, too."""
        return bool(select.select([fd], [], [], 0)[0])
