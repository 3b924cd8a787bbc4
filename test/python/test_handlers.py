"""What handlers may do and suffer: raise, print, read, exit, in both protocols."""

import os
import signal
import unittest

from support import WorkerCase


class Handlers:
    def test_an_exception_is_an_error_with_the_traceback_of_the_handler(self):
        worker = self.start(
            """
            from headless_jobs import serve
            def divide(value):
                return 1 / value
            serve(lambda value: divide(value))
            """
        )
        error = worker.ask(1, 0)["error"]
        self.assertEqual((error["message"], error["type"]), ("division by zero", "ZeroDivisionError"))
        self.assertTrue(error["traceback"].startswith("Traceback (most recent call last):\n"))
        self.assertIn("in divide\n    return 1 / value\n", error["traceback"])
        self.assertNotIn("headless_jobs" + os.sep, error["traceback"])
        self.assertEqual(worker.ask(2, 4), {"id": 2, "value": 0.25})

    def test_a_job_error_is_its_message_alone(self):
        worker = self.start(
            """
            from headless_jobs import JobError, serve
            def handler(value):
                raise JobError(f"There is no volume in {value}.")
            serve(handler)
            """
        )
        self.assertEqual(worker.ask(1, "a.nii")["error"], {"message": "There is no volume in a.nii."})

    def test_every_kind_of_exception_is_an_error(self):
        worker = self.start(
            """
            import asyncio
            from headless_jobs import serve
            class Mute(Exception):
                def __str__(self):
                    raise ValueError
            def handler(name):
                if name == "recursion":
                    return handler(name)
                raise {"memory": MemoryError, "generator": GeneratorExit, "interrupt": KeyboardInterrupt,
                       "asyncio": asyncio.CancelledError, "mute": Mute}[name]
            serve(handler)
            """
        )
        expected = {
            "memory": ("MemoryError", "MemoryError"),
            "recursion": ("RecursionError", "maximum recursion depth exceeded"),
            "generator": ("GeneratorExit", "GeneratorExit"),
            "interrupt": ("KeyboardInterrupt", "KeyboardInterrupt"),
            "asyncio": ("CancelledError", "CancelledError"),
            "mute": ("Mute", "Mute"),
            "none of these": ("KeyError", "'none of these'"),
        }
        for id, (name, (kind, message)) in enumerate(expected.items(), start=1):
            with self.subTest(name):
                error = worker.ask(id, name)["error"]
                self.assertEqual(error["type"], kind)
                self.assertTrue(error["message"].startswith(message), error["message"])

    def test_causes_are_told_and_long_errors_are_cut(self):
        worker = self.start(
            """
            from headless_jobs import serve
            def handler(value):
                try:
                    {}["volume"]
                except KeyError as error:
                    raise ValueError("x" * value) from error
            serve(handler)
            """
        )
        error = worker.ask(1, 3)["error"]
        self.assertIn("KeyError: 'volume'", error["traceback"])
        self.assertIn("direct cause", error["traceback"])
        error = worker.ask(2, 10_000_000)["error"]
        self.assertLess(len(error["message"]) + len(error["traceback"]), 30_000)

    def test_prints_are_log_messages_of_the_job_before_its_answer(self):
        worker = self.start(
            """
            import sys
            from headless_jobs import log, serve
            def handler(value):
                print("one", value)
                print("two\\nthree")
                print()
                log({"any": "thing"})
                sys.stdout.buffer.write(b"bytes \\xff\\n")
                print("\\ud800", end="")
                sys.stdout.buffer.flush()
            serve(handler)
            """
        )
        worker.send(1, 5)
        *logs, answer = worker.until_answer(1)
        self.assertEqual(answer, {"id": 1, "value": None})
        self.assertEqual({log["id"] for log in logs}, {1})
        self.assertEqual(
            [log["log"] for log in logs],
            ["one 5", "two", "three", "", "{'any': 'thing'}", "bytes \ufffd", "\\ud800"],
        )

    def test_an_endless_line_is_told_in_pieces(self):
        worker = self.start(
            """
            import sys
            from headless_jobs import serve
            def handler(value):
                for _ in range(value):
                    sys.stdout.write("ä" * 1000)
            serve(handler)
            """
        )
        worker.send(1, 1000)
        *logs, _ = worker.until_answer(1)
        self.assertEqual("".join(log["log"] for log in logs), "ä" * 1000000)
        self.assertLess(max(len(log["log"]) for log in logs), 100_000)

    def test_what_c_code_and_child_processes_print_goes_to_stderr(self):
        worker = self.start(
            """
            import os, subprocess, sys
            from headless_jobs import serve
            def handler(value):
                os.write(1, b"from C\\n")
                subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
                subprocess.run([sys.executable, "-c", "print('from another')"], check=True, stdout=sys.stdout)
                return sys.stdout.fileno()
            serve(handler)
            """
        )
        worker.send(1, None)
        self.assertEqual(worker.until_answer(1), [{"id": 1, "value": 1}])
        self.assertEqual(worker.end(), 0)
        for text in ("from C\n", "from a child\n", "from another\n"):
            self.assertIn(text, worker.stderr)

    def test_what_is_printed_before_serve_goes_to_stderr(self):
        worker = self.start(
            """
            from headless_jobs import serve
            print("loading a model")
            serve(lambda value: value)
            """
        )
        self.assertEqual(worker.ask(1, 1)["value"], 1)
        self.assertEqual(worker.end(), 0)
        self.assertEqual(worker.stderr, "loading a model\n")

    def test_a_handler_that_closes_stdout_harms_nobody(self):
        worker = self.start(
            """
            import sys
            from headless_jobs import serve
            def handler(value):
                print("text")
                sys.stdout.close()
            serve(handler)
            """
        )
        for id in (1, 2):
            worker.send(id, None)
            self.assertEqual(worker.until_answer(id), [{"id": id, "log": "text"}, {"id": id, "value": None}])

    def test_reading_stdin_finds_its_end_and_takes_no_message_away(self):
        worker = self.start(
            """
            import os, subprocess, sys
            from headless_jobs import serve
            def handler(value):
                child = subprocess.run([sys.executable, "-c", "import sys; print(len(sys.stdin.read()))"], stdout=-1)
                return [sys.stdin.read(), os.read(0, 100).decode(), int(child.stdout)]
            serve(handler)
            """
        )
        worker.write(worker.encode(1, {"value": 1}) + worker.encode(2, {"value": 2}))
        self.assertEqual(worker.until_answer(1)[-1]["value"], ["", "", 0])
        self.assertEqual(worker.until_answer(2)[-1]["value"], ["", "", 0])

    def test_an_exit_ends_the_process_as_asked_after_what_was_printed(self):
        worker = self.start(
            """
            import sys
            from headless_jobs import progress, serve
            def handler(value):
                print("last words", end="")
                progress(0.1)
                progress(0.2)
                sys.exit(value)
            serve(handler)
            """
        )
        worker.send(1, 3)
        received = [worker.receive() for _ in range(4)]
        self.assertEqual(
            received,
            [{"id": 1, "progress": 0.1}, {"id": 1, "log": "last words"}, {"id": 1, "progress": 0.2}, None],
        )
        self.assertEqual(worker.wait(), 3)

    def test_a_thread_that_outlives_its_job_logs_for_nobody(self):
        worker = self.start(
            """
            import os, threading, time
            from headless_jobs import cancelled, progress, serve
            def late(gate):
                while not os.path.exists(gate):
                    time.sleep(0.001)
                progress(0.5)
                print("late", cancelled())
            serve(lambda gate: threading.Thread(target=late, args=[gate]).start())
            """
        )
        gate = os.path.join(self.folder(), "gate")
        worker.send(1, gate)
        self.assertEqual(worker.until_answer(1), [{"id": 1, "value": None}])
        with open(gate, "w"):
            pass
        self.assertEqual(worker.receive(), {"log": "late False"})

    @unittest.skipIf(os.name == "nt", "signals are another matter on Windows")
    def test_interrupts_are_left_to_the_host_and_not_to_children(self):
        worker = self.start(
            """
            import os, signal, subprocess, sys
            from headless_jobs import serve
            CHILD = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
            def handler(value):
                os.kill(os.getpid(), signal.SIGINT)
                return subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True).stdout
            serve(handler)
            """
        )
        self.assertEqual(worker.ask(1, None)["value"], "True\n")
        worker.process.send_signal(signal.SIGINT)
        self.assertEqual(worker.ask(2, None)["value"], "True\n")
        worker.process.terminate()
        self.assertEqual(worker.wait(), -signal.SIGTERM)

    def test_a_result_that_cannot_be_sent_is_an_error_that_says_where(self):
        worker = self.start(
            """
            import pathlib
            from headless_jobs import send, serve
            loop = []
            loop.append(loop)
            deep = []
            for _ in range(100000):
                deep = [deep]
            values = {
                "set": {"a": [1, {2}]},
                "nan": {"mean": [0.5, float("nan")]},
                "infinity": -float("inf"),
                "key": {"x": {(1, 2): 3}},
                "object": [object],
                "loop": loop,
                "deep": deep,
                "path": [pathlib.PurePosixPath("a/b"), (1, 2), {2: 2, None: 3, True: 4}],
            }
            def handler(name):
                if name == "send":
                    send({"x": {1}})
                return values[name]
            serve(handler)
            """
        )
        expected = {
            "set": 'result["a"][1] is of type set, which cannot be sent.',
            "nan": 'result["mean"][1] is nan, which JSON does not have; send None',
            "infinity": "result is -inf, which JSON does not have; send None",
            "key": 'result["x"] has the key (1, 2), which is no text but of type tuple.',
            "object": "result[0] is of type type, which cannot be sent.",
            "loop": "The result cannot be sent: Circular reference detected.",
            "deep": "The result is nested too deeply to be sent.",
            "send": 'message["x"] is of type set, which cannot be sent.',
        }
        for id, (name, sentence) in enumerate(expected.items(), start=1):
            with self.subTest(name):
                error = worker.ask(id, name)["error"]
                self.assertEqual(error["type"], "TypeError")
                self.assertIn(sentence, error["message"])
                self.assertEqual("traceback" in error, name == "send")
        self.assertEqual(worker.ask(99, "path")["value"], ["a/b", [1, 2], {"2": 2, "null": 3, "true": 4}])


class LinesTest(Handlers, WorkerCase):
    protocol = "lines"

    def test_bytes_need_frames(self):
        worker = self.start(
            """
            import array
            from headless_jobs import serve
            values = {"bytes": b"x", "bytearray": bytearray(), "memoryview": memoryview(b""), "array": array.array("d")}
            serve(lambda name: {"data": values[name]})
            """
        )
        for id, name in enumerate(("bytes", "bytearray", "memoryview", "array"), start=1):
            message = worker.ask(id, name)["error"]["message"]
            self.assertIn(f'result["data"] is of type {name}, which only the protocol frames can carry', message)


class FramesTest(Handlers, WorkerCase):
    protocol = "frames"
