"""Large arrays in files: the other side maps them. All files are the host's, which removes them."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# One write takes at most 2 GiB.
MAX_WRITE = 1024 * 1024 * 1024


class NoRoom(OSError):
    """No folder takes the array, in one sentence."""


class ArrayFiles:
    """The folders for them, the best first: one in memory, then one on disk."""

    def __init__(self, folders: list[str]) -> None:
        self.folders = folders

    def map(self, name: str, size: int) -> Any:
        """The bytes of a file; writing into them changes this process's copy alone."""
        from mmap import ACCESS_COPY, mmap

        if not isinstance(name, str) or name != os.path.basename(name) or name in ("", ".", ".."):
            raise ValueError(f"The input names a file for an array that is none of its own: {name!r}.")
        for folder in self.folders:
            try:
                fd = os.open(os.path.join(folder, name), os.O_RDONLY | getattr(os, "O_BINARY", 0))
            except FileNotFoundError:
                continue
            try:
                there = os.fstat(fd).st_size
                if there < size:  # to read a page behind its end would kill the process
                    raise ValueError(f"The file of an array has {there:,} of {size:,} bytes: {name}.")
                return mmap(fd, size, access=ACCESS_COPY)
            finally:
                os.close(fd)
        raise ValueError(f"The file of an array is in no folder for arrays: {name}.")

    def write(self, job: str, data: memoryview) -> str:
        """The name of a new file in the first folder that has room."""
        name = f"{job}.{os.urandom(8).hex()}.array"
        refusals = []
        for folder in self.folders:
            try:
                if folder != self.folders[-1]:
                    _check_room(folder, data.nbytes)
                _write_file(os.path.join(folder, name), data)
                return name
            except OSError as error:
                refusals.append(f"{folder}: {error.strerror or error}")
        reasons = "; ".join(refusals) or "none was given"
        raise NoRoom(f"No folder has room for an array of {data.nbytes:,} bytes ({reasons}).")


def _check_room(folder: str, size: int) -> None:
    """Memory is never filled up: others live there, too."""
    if not hasattr(os, "statvfs"):
        return
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    if free < 2 * size:
        raise OSError(f"{free:,} bytes are free, and half of them are for others")


def _write_file(path: str, data: memoryview) -> None:
    """Whole, or not at all."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    fd = os.open(path, flags, 0o600)
    try:
        try:
            _reserve(fd, data.nbytes)
            while data:
                data = data[os.write(fd, data[:MAX_WRITE]) :]
        finally:
            os.close(fd)
    except BaseException:
        os.unlink(path)
        raise


def _reserve(fd: int, size: int) -> None:
    """All bytes at once, so that a full disk is found out before the work of writing."""
    import errno

    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise
