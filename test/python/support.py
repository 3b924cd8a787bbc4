"""Real workers over real pipes, spoken to without the package under test."""

import io
import json
import os
import queue
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGE = os.path.join(ROOT, "src", "python")
LIMIT = 120  # seconds that anything may take on a slow machine
JOB = "01234567-89ab-7def-8123-456789abcdef"
HEADER = struct.Struct("<4sIIIQ")

# A machine that has no numpy, even where there is one.
WITHOUT_NUMPY = """
import runpy, sys
sys.modules["numpy"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

try:
    import numpy
except ImportError:
    numpy = None

needs_numpy = unittest.skipUnless(numpy, "numpy is not installed for this python")


def environment(**variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADLESS_JOB")}
    # numpy may lie in a folder that PYTHONPATH names
    path = os.pathsep.join(filter(None, [PACKAGE, os.environ.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", **variables}


def command(script, with_numpy=True):
    return [sys.executable, script] if with_numpy else [sys.executable, "-c", WITHOUT_NUMPY, script]


def encode_line(id, content):
    return (json.dumps({"id": id, **content}, ensure_ascii=False) + "\n").encode()


def encode_frame(id, content, arrays=()):
    """Each array is (path, dtype, shape, bytes), or with the name of a file instead of bytes."""
    entries, body = [], b""
    for path, dtype, shape, data in arrays:
        entries.append(
            {"path": path, "dtype": dtype, "shape": shape, **({"file": data} if isinstance(data, str) else {})}
        )
        if not isinstance(data, str):
            body += data + bytes(-len(data) % 8)
    text = json.dumps({**content, "arrays": entries} if entries else content, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return HEADER.pack(b"HJF1", id, len(text), 0, len(body)) + text + body


def read_lines(stream):
    for line in iter(stream.readline, b""):
        yield json.loads(line)


def read_frames(stream):
    """Messages as in lines; the entries of `arrays` have their bytes as `data`."""
    while True:
        header = stream.read(HEADER.size)
        if not header:
            return
        magic, id, head_bytes, zero, body_bytes = HEADER.unpack(header)
        assert (magic, zero, head_bytes % 8, body_bytes % 8) == (b"HJF1", 0, 0, 0), header
        head = json.loads(stream.read(head_bytes))
        body = stream.read(body_bytes)
        at = 0
        for entry in head.get("arrays", []):
            if "file" in entry:
                continue
            size = numpy_free_size(entry)
            entry["data"] = body[at : at + size]
            at += size + -size % 8
        assert at == body_bytes, (at, body_bytes)
        yield {**head, "id": id} if id else head


def numpy_free_size(entry):
    size = int("".join(filter(str.isdigit, entry["dtype"]))) // 8
    for length in entry["shape"]:
        size *= length
    return size


class Worker:
    """A worker process and what it sends."""

    def __init__(self, words, protocol, folders=(), **options):
        self.protocol = protocol
        env = environment(HEADLESS_JOB_PROTOCOL=protocol, HEADLESS_JOB_ARRAYS=os.pathsep.join(folders))
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=env, bufsize=0, **options)
        self._received = queue.Queue()
        self._stderr = []
        self._threads = [threading.Thread(target=self._listen), threading.Thread(target=self._read_stderr)]
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def _listen(self):
        stdout = io.BufferedReader(self.process.stdout)
        try:
            for message in (read_lines if self.protocol == "lines" else read_frames)(stdout):
                self._received.put(message)
        except Exception as error:
            self._received.put(error)
        self._received.put(None)

    def _read_stderr(self):
        for chunk in iter(lambda: self.process.stderr.read(65536), b""):
            self._stderr.append(chunk)

    @property
    def stderr(self):
        return b"".join(self._stderr).decode()

    def encode(self, id, content, arrays=()):
        if self.protocol == "frames":
            return encode_frame(id, {"job": JOB, **content}, arrays)
        return encode_line(id, content)

    def write(self, data):
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) :]

    def send(self, id, value, arrays=()):
        self.write(self.encode(id, {"value": value}, arrays))

    def cancel(self, id):
        self.write(self.encode(id, {"cancel": True}))

    def receive(self):
        """The next message; `None` when its stdout has ended."""
        try:
            message = self._received.get(timeout=LIMIT)
        except queue.Empty:
            raise AssertionError(f"the worker sends nothing; its stderr: {self.stderr}") from None
        if isinstance(message, Exception):
            raise AssertionError(f"the worker sends what is no message; its stderr: {self.stderr}") from message
        return message

    def hello(self):
        message = self.receive()
        assert message == {"hello": 1, "features": ["cancel"]}, (message, self.stderr)

    def until_answer(self, id):
        """All that is received up to the answer, which is the last."""
        received = []
        while True:
            message = self.receive()
            assert message is not None, f"the worker has ended; its stderr: {self.stderr}"
            received.append(message)
            if message.get("id") == id and ("value" in message or "error" in message):
                return received

    def ask(self, id, value, arrays=()):
        self.send(id, value, arrays)
        return self.until_answer(id)[-1]

    def end(self):
        """Ends its stdin; its exit code when it has gone."""
        self.process.stdin.close()
        return self.wait()

    def wait(self):
        code = self.process.wait(LIMIT)
        for thread in self._threads:
            thread.join(LIMIT)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


class WorkerCase(unittest.TestCase):
    """Starts workers and sees them off."""

    protocol = "lines"
    with_numpy = True

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="headless-jobs-test-")
        self.addCleanup(folder.cleanup)
        return folder.name

    def script(self, code):
        path = os.path.join(self.folder(), "script.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(code))
        return path

    def start(self, code, **options):
        """A worker that has sent its hello; `code` is its script."""
        worker = self.start_silent(code, **options)
        worker.hello()
        return worker

    def start_silent(self, code, **options):
        worker = Worker(command(self.script(code), self.with_numpy), self.protocol, **options)
        self.addCleanup(worker.close)
        return worker

    def run_in_shell(self, script, stdin, with_numpy=True):
        return subprocess.run(
            command(script, with_numpy), input=stdin, capture_output=True, env=environment(), timeout=LIMIT
        )


def floats(*numbers):
    return struct.pack(f"<{len(numbers)}f", *numbers)


class ArrayCase(WorkerCase):
    protocol = "frames"

    def array_of(self, message):
        """Dtype, shape and bytes of its one array."""
        self.assertNotIn("error", message)
        (entry,) = message["arrays"]
        return entry["dtype"], entry["shape"], entry["data"]

    def file_in(self, folder, data):
        name = f"{JOB}.0123abcd.array"
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        return name
