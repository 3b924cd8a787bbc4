"""Jobs and answers in both protocols."""

import ast
import os
import unittest

from support import PACKAGE, WorkerCase, encode_frame

ECHO = """
from headless_jobs import serve
serve(lambda value: value)
"""


class Messages:
    def test_says_hello_first_and_ends_with_stdin(self):
        worker = self.start_silent(ECHO)
        self.assertEqual(worker.receive(), {"hello": 1, "features": ["cancel"]})
        self.assertEqual(worker.end(), 0)
        self.assertIsNone(worker.receive())
        self.assertEqual(worker.stderr, "")

    def test_answers_one_job_after_the_other(self):
        worker = self.start(ECHO)
        for id, value in enumerate([0, "ä\u2028\n\U0001f600", [1.5, None, True], {"a": {"b": []}}, ""], start=1):
            self.assertEqual(worker.ask(id, value), {"id": id, "value": value})

    def test_runs_once(self):
        worker = self.start_silent(ECHO)
        worker.send(1, "x")
        self.assertEqual(worker.end(), 0)
        received = [worker.receive() for _ in range(3)]
        self.assertEqual(received, [{"hello": 1, "features": ["cancel"]}, {"id": 1, "value": "x"}, None])

    def test_answers_all_that_wait_in_their_order(self):
        worker = self.start(ECHO)
        worker.write(b"".join(worker.encode(id, {"value": id * 10}) for id in range(1, 501)))
        answers = [worker.receive() for _ in range(500)]
        self.assertEqual(answers, [{"id": id, "value": id * 10} for id in range(1, 501)])

    def test_reads_messages_that_come_in_single_bytes(self):
        worker = self.start(ECHO)
        for byte in worker.encode(1, {"value": "ä€\U0001f600"}):
            worker.write(bytes([byte]))
        self.assertEqual(worker.receive(), {"id": 1, "value": "ä€\U0001f600"})

    def test_carries_megabytes_both_ways(self):
        worker = self.start(ECHO)
        value = ["ä" * 1000] * 5000
        self.assertEqual(worker.ask(1, value)["value"], value)

    def test_takes_pipes_that_do_not_block(self):
        worker = self.start(
            """
            import os
            os.set_blocking(0, False)
            os.set_blocking(1, False)
            from headless_jobs import serve
            serve(lambda value: value * 1000000)
            """
        )
        self.assertEqual(worker.ask(1, "abc")["value"], "abc" * 1000000)

    def test_ignores_what_is_neither_job_nor_cancel(self):
        worker = self.start(ECHO)
        for content in ({"something": 1}, {"id": "x", "value": 1} if self.protocol == "lines" else {"cancel": False}):
            worker.write(worker.encode(0, content))
            self.assertEqual(list(worker.receive()), ["log"])
        self.assertEqual(worker.ask(1, 2), {"id": 1, "value": 2})

    def test_sends_messages_without_being_asked(self):
        worker = self.start(
            """
            from headless_jobs import send, serve
            send("before serve: nobody listens")
            serve(lambda value: send({"half": value / 2}))
            """
        )
        worker.send(1, 3)
        self.assertEqual(worker.until_answer(1), [{"message": {"half": 1.5}}, {"id": 1, "value": None}])

    def test_goes_on_after_serve(self):
        worker = self.start_silent(ECHO + "print('after')\n")
        worker.hello()
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr, "after\n")

    def test_ends_when_nobody_reads(self):
        worker = self.start(
            """
            import atexit, sys
            from headless_jobs import serve
            atexit.register(lambda: print("cleaned up", file=sys.stderr))
            serve(lambda value: "x" * 10000000)
            """
        )
        worker.process.stdout.close()
        worker.send(1, 1)
        self.assertEqual(worker.process.wait(30), 1)
        worker.wait()
        self.assertIn("nobody takes the answer", worker.stderr)
        self.assertIn("cleaned up", worker.stderr)

    def test_ends_with_a_sentence_when_stdin_ends_in_a_message(self):
        worker = self.start(ECHO)
        worker.write(worker.encode(1, {"value": "x" * 100})[:-20])
        self.assertEqual(worker.end(), 70)
        self.assertIn("stdin ended in the middle", worker.stderr)
        self.assertNotIn("Traceback", worker.stderr)

    def test_ends_with_a_sentence_on_what_is_no_message(self):
        for garbage in self.garbage:
            with self.subTest(garbage=garbage):
                worker = self.start(ECHO)
                worker.write(garbage)
                self.assertEqual(worker.wait(), 70)
                self.assertRegex(worker.stderr, r"^headless_jobs: .*The worker ends\.\n$")


class LinesTest(Messages, WorkerCase):
    protocol = "lines"
    garbage = (b"{\n", b"\xff\xfe\n", b"[" * 100000 + b"\n", b"HJF1 and more\n")

    def test_skips_blank_lines_and_takes_line_ends_of_windows(self):
        worker = self.start(ECHO)
        worker.write(b'\n\r\n{"id":1,"value":2}\r\n')
        self.assertEqual(worker.receive(), {"id": 1, "value": 2})

    def test_names_a_line_that_is_no_object(self):
        worker = self.start(ECHO)
        worker.write(b"42\n")
        self.assertIn("ignored", worker.receive()["log"])


class FramesTest(Messages, WorkerCase):
    protocol = "frames"
    garbage = (
        b"\n",
        b'{"id":1,"value":1}\n',
        encode_frame(1, {"value": 1}).replace(b'"value"', b'"value '),
        encode_frame(1, {}).replace(b"{}", b"[]"),
        b"HJF1" + bytes(12) + (1 << 60).to_bytes(8, "little"),
        b"HJF1" + bytes(4) + b"\xff\xff\xff\xff" + bytes(12),
    )


class SameProgramTest(WorkerCase):
    def test_children_of_a_worker_are_no_workers(self):
        worker = self.start(
            """
            import os, subprocess, sys
            from headless_jobs import serve
            CHILD = "from headless_jobs import serve; serve(lambda value: value + 1)"
            def handler(value):
                ran = subprocess.run([sys.executable, "-c", CHILD], input=str(value), capture_output=True, text=True)
                return [ran.stdout, [name for name in os.environ if name.startswith("HEADLESS_JOB_")]]
            serve(handler)
            """
        )
        self.assertEqual(worker.ask(1, 41)["value"], ["42\n", []])

    def test_threads_do_not_interleave_their_messages(self):
        worker = self.start(
            """
            import threading
            from headless_jobs import log, serve
            def handler(count):
                def work():
                    for _ in range(20):
                        log("x" * 100000)
                threads = [threading.Thread(target=work) for _ in range(count)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
            serve(handler)
            """
        )
        worker.send(1, 4)
        *logs, _ = worker.until_answer(1)
        self.assertEqual(logs, [{"id": 1, "log": "x" * 100000}] * 80)

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
    def test_a_forked_child_writes_nothing_of_its_parent_into_its_own_files(self):
        folder = self.folder()
        worker = self.start(
            f"""
            import os, sys
            from headless_jobs import progress, serve
            def handler(value):
                print("partial", end="")
                progress(0.1)
                progress(0.2)
                pid = os.fork()
                if pid == 0:
                    files = [open(os.path.join({str(folder)!r}, name), "w") for name in ("a", "b", "c")]
                    sys.exit(0)
                os.waitpid(pid, 0)
                return value
            serve(handler)
            """
        )
        self.assertEqual(worker.ask(1, "mine")["value"], "mine")
        self.assertEqual([os.path.getsize(os.path.join(folder, name)) for name in "abc"], [0, 0, 0])

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
    def test_a_forked_child_does_not_speak_for_the_worker(self):
        worker = self.start(
            """
            import multiprocessing
            from headless_jobs import log, progress, serve
            def work(value):
                print("printed by a child")
                log("logged by a child")
                progress(0.5)
                return value * 2
            def handler(values):
                with multiprocessing.get_context("fork").Pool(1) as pool:
                    return pool.map(work, values)
            serve(handler)
            """
        )
        worker.send(1, [1, 2])
        self.assertEqual(worker.until_answer(1), [{"id": 1, "value": [2, 4]}])
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr.count("by a child"), 4)

    def test_a_spawned_child_does_not_serve(self):
        worker = self.start(
            """
            import multiprocessing
            from headless_jobs import serve
            def double(value):
                return value * 2
            def handler(values):
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    return pool.map(double, values)
            serve(handler)
            """
        )
        self.assertEqual(worker.ask(1, [1, 2])["value"], [2, 4])

    def test_the_package_says_one_version(self):
        with open(os.path.join(PACKAGE, "headless_jobs", "__init__.py"), encoding="utf-8") as file:
            (line,) = [line for line in file if line.startswith("__version__ = ")]
        with open(os.path.join(PACKAGE, "pyproject.toml"), encoding="utf-8") as file:
            self.assertIn("\n" + line.strip("_").replace("__", "", 1), file.read())

    def test_the_package_can_be_read_by_python_3_9(self):
        folder = os.path.join(PACKAGE, "headless_jobs")
        names = [name for name in os.listdir(folder) if name.endswith(".py")]
        self.assertIn("__init__.py", names)
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read()
            ast.parse(text, name, feature_version=(3, 9))
            self.assertTrue(name == "__init__.py" or "from __future__ import annotations" in text, name)

    def test_half_a_character_of_javascript_comes_back(self):
        worker = self.start(ECHO)
        worker.write(b'{"id":1,"value":"\\ud800"}\n')
        self.assertEqual(worker.receive(), {"id": 1, "value": "\ud800"})
