"""Large arrays in files, with numpy and without."""

import os
import stat
import subprocess
import unittest

from support import JOB, ArrayCase, floats, needs_numpy

MIB = 1024 * 1024
ECHO = """
from headless_jobs import serve
serve(lambda value: value)
"""


class ArrayFiles:
    def test_files_are_mapped_and_never_changed(self):
        folders = [self.folder(), self.folder()]
        worker = self.start(
            """
            from headless_jobs import serve
            def handler(value):
                volume = value["volume"]
                volume[0, 0] = 100
                return [volume[0, 0].item() if hasattr(volume[0, 0], "item") else volume[0, 0], volume[2, 1]]
            serve(handler)
            """,
            folders=folders,
        )
        data = floats(1, 2, 3, 4, 5, 6)
        for id, folder in enumerate(folders, start=1):
            name = self.file_in(folder, data)
            answer = worker.ask(id, {"volume": None}, [(["value", "volume"], "float32", [3, 2], name)])
            self.assertEqual(answer["value"], [100, 6])
            with open(os.path.join(folder, name), "rb") as file:
                self.assertEqual(file.read(), data)
            os.remove(os.path.join(folder, name))

    def test_a_file_that_is_too_short_is_an_error_and_no_dead_worker(self):
        folder = self.folder()
        worker = self.start(ECHO, folders=[folder])
        name = self.file_in(folder, b"1234")
        error = worker.ask(1, None, [(["value"], "float64", [1000], name)])["error"]
        self.assertIn("has 4 of 8,000 bytes", error["message"])

    def test_a_large_array_leaves_as_a_file_of_its_job(self):
        folders = [self.folder(), self.folder()]
        worker = self.start("from headless_jobs import serve\nserve(lambda n: [b'x' * n, b'y'])", folders=folders)
        answer = worker.ask(1, MIB)
        self.assertEqual([entry.get("file") for entry in answer["arrays"]], [None, None])
        answer = worker.ask(2, MIB + 1)
        large, small = answer["arrays"]
        self.assertEqual(small["data"], b"y")
        self.assertRegex(large["file"], rf"^{JOB}\.[0-9a-z]{{1,32}}\.array$")
        self.assertEqual(os.listdir(folders[1]), [])
        path = os.path.join(folders[0], large["file"])
        if os.name == "posix":
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"x" * (MIB + 1))

    def test_small_arrays_that_would_fill_a_frame_leave_as_files(self):
        folder = self.folder()
        worker = self.start("from headless_jobs import serve\nserve(lambda n: [bytes(n)] * 300)", folders=[folder])
        answer = worker.ask(1, MIB)
        names = {entry["file"] for entry in answer["arrays"] if "file" in entry}
        self.assertEqual(len(answer["arrays"]), 300)
        self.assertGreater(len(names), 100)
        self.assertEqual(names, set(os.listdir(folder)))

    def test_a_large_array_in_a_message_stays_in_its_frame(self):
        folder = self.folder()
        worker = self.start(
            "from headless_jobs import send, serve\nserve(lambda n: send({'live': b'x' * n}))", folders=[folder]
        )
        worker.send(1, 3 * MIB)
        message, _ = worker.until_answer(1)
        self.assertEqual(message["arrays"][0]["path"], ["message", "live"])
        self.assertEqual(message["arrays"][0]["data"], b"x" * 3 * MIB)
        self.assertEqual(os.listdir(folder), [])

    def test_the_next_folder_is_used_when_one_cannot_be(self):
        missing = os.path.join(self.folder(), "missing")
        folder = self.folder()
        worker = self.start("from headless_jobs import serve\nserve(lambda n: b'x' * n)", folders=[missing, folder])
        (entry,) = worker.ask(1, 2 * MIB)["arrays"]
        self.assertEqual(os.listdir(folder), [entry["file"]])

    def test_no_folder_at_all_is_an_error_that_says_so(self):
        missing = os.path.join(self.folder(), "missing")
        worker = self.start("from headless_jobs import serve\nserve(lambda n: b'x' * n)", folders=[missing])
        error = worker.ask(1, 2 * MIB)["error"]
        self.assertEqual(error["type"], "NoRoom")
        self.assertIn("No folder has room for an array of 2,097,152 bytes", error["message"])
        self.assertIn(f"{missing}: No such file", error["message"])
        self.assertEqual(len(worker.ask(2, 5)["arrays"][0]["data"]), 5)

    def test_a_full_folder_is_left_as_it_was(self):
        full = self.small_folder(2 * MIB)
        spool = self.folder()
        code = "from headless_jobs import serve\nserve(lambda n: b'x' * n)"
        worker = self.start(code, folders=[full, spool])
        # 1.5 of 2 MiB would fit, and leave too little to others
        (entry,) = worker.ask(1, 3 * MIB // 2)["arrays"]
        self.assertEqual((os.listdir(full), os.listdir(spool)), ([], [entry["file"]]))
        worker = self.start(code, folders=[full])
        error = worker.ask(1, 3 * MIB)["error"]
        self.assertIn(f"{full}: No space left on device", error["message"])
        self.assertEqual(os.listdir(full), [])
        self.assertIn("file", worker.ask(2, 3 * MIB // 2)["arrays"][0])

    def small_folder(self, size):
        folder = self.folder()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "headless-jobs-test", folder]
        try:
            mounted = subprocess.run(mount, capture_output=True, timeout=10).returncode == 0
        except OSError:
            mounted = False
        if not mounted:
            self.skipTest("a small file system cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        return folder

    @unittest.skipUnless(hasattr(os, "posix_fallocate"), "files have no limit here")
    def test_a_write_that_fails_halfway_leaves_no_file(self):
        folder = self.folder()
        worker = self.start(
            """
            import os, resource
            del os.posix_fallocate
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, 1000000))
            from headless_jobs import serve
            serve(lambda n: b"x" * n)
            """,
            folders=[folder],
        )
        self.assertIn("File too large", worker.ask(1, 2 * MIB)["error"]["message"])
        self.assertEqual(os.listdir(folder), [])


class WithoutNumpyTest(ArrayFiles, ArrayCase):
    with_numpy = False


@needs_numpy
class WithNumpyTest(ArrayFiles, ArrayCase):
    pass
