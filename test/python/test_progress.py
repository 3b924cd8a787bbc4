"""Progress and cancelling, in both protocols."""

import os

from support import WorkerCase


class ProgressAndCancel:
    def test_progress_leaves_at_once_and_the_last_one_always(self):
        worker = self.start(
            """
            import time
            from headless_jobs import progress, serve
            progress(0.9)
            def handler(count):
                begin = time.monotonic()
                for i in range(count + 1):
                    progress(i / count, f"step {i}")
                return time.monotonic() - begin
            serve(handler)
            """
        )
        count = 200_000
        worker.send(1, count)
        *messages, answer = worker.until_answer(1)
        self.assertEqual(messages[0], {"id": 1, "progress": 0.0, "message": "step 0"})
        self.assertEqual(messages[-1], {"id": 1, "progress": 1.0, "message": f"step {count}"})
        self.assertEqual(sorted(messages, key=lambda message: message["progress"]), messages)
        # 25 a second of the handler's own clock, the first and the withheld one
        self.assertLessEqual(len(messages), answer["value"] * 25 + 2)

    def test_progress_that_was_kept_back_leaves_while_the_handler_is_busy(self):
        worker = self.start(
            """
            from headless_jobs import cancelled, progress, serve
            def handler(value):
                progress(0.25)
                progress(0.5, "half")
                while not cancelled():
                    pass
            serve(handler)
            """
        )
        worker.send(1, None)
        self.assertEqual(worker.receive(), {"id": 1, "progress": 0.25})
        self.assertEqual(worker.receive(), {"id": 1, "progress": 0.5, "message": "half"})
        worker.cancel(1)
        worker.until_answer(1)

    def test_progress_that_is_none_is_ignored(self):
        worker = self.start(
            """
            from headless_jobs import progress, serve
            def handler(value):
                for fraction in (-0.1, 1.1, float("nan"), float("inf")):
                    progress(fraction)
                progress(1)
            serve(handler)
            """
        )
        worker.send(1, None)
        self.assertEqual(worker.until_answer(1), [{"id": 1, "progress": 1.0}, {"id": 1, "value": None}])

    def test_a_handler_sees_that_it_is_cancelled_and_the_next_one_is_not(self):
        worker = self.start(
            """
            import time
            from headless_jobs import cancelled, log, serve
            def handler(value):
                if value == "wait":
                    log("waiting")
                    while not cancelled():
                        time.sleep(0.001)
                return [cancelled(), cancelled()]
            serve(handler)
            """
        )
        worker.send(1, "wait")
        self.assertEqual(worker.receive(), {"id": 1, "log": "waiting"})
        worker.send(2, "next")
        worker.cancel(99)
        worker.cancel(1)
        self.assertEqual(worker.receive(), {"id": 1, "value": [True, True]})
        self.assertEqual(worker.receive(), {"id": 2, "value": [False, False]})
        worker.cancel(2)  # too late
        self.assertEqual(worker.ask(3, "next"), {"id": 3, "value": [False, False]})

    def test_what_waits_and_is_cancelled_is_never_begun(self):
        worker = self.start(
            """
            import time
            from headless_jobs import cancelled, log, serve
            def handler(value):
                log(f"began {value}")
                while value == "first" and not cancelled():
                    time.sleep(0.001)
            serve(handler)
            """
        )
        refusal = {"message": "It was cancelled before it began.", "type": "Cancelled"}
        worker.send(1, "first")
        worker.receive()
        worker.send(2, "second")
        worker.send(3, "third")
        worker.cancel(2)
        self.assertEqual(worker.receive(), {"id": 2, "error": refusal})
        worker.cancel(1)
        self.assertEqual(worker.until_answer(1), [{"id": 1, "value": None}])
        self.assertEqual(worker.until_answer(3)[0], {"id": 3, "log": "began third"})

    def test_what_waits_behind_a_handler_that_never_asks_is_cancelled_too(self):
        worker = self.start(
            """
            import os, time
            from headless_jobs import log, serve
            def handler(path):
                log("began")
                while path and not os.path.exists(path):
                    time.sleep(0.001)
                return path
            serve(handler)
            """
        )
        gate = os.path.join(self.folder(), "gate")
        worker.write(worker.encode(1, {"value": gate}) + worker.encode(2, {"value": ""}))
        self.assertEqual(worker.receive(), {"id": 1, "log": "began"})
        worker.cancel(2)
        with open(gate, "w"):
            pass
        self.assertEqual(worker.receive(), {"id": 1, "value": gate})
        self.assertEqual(worker.receive()["error"]["type"], "Cancelled")

    def test_the_end_of_stdin_cancels_nothing(self):
        worker = self.start(
            """
            import time
            from headless_jobs import cancelled, serve
            def handler(value):
                end = time.monotonic() + value
                while time.monotonic() < end:
                    if cancelled():
                        return "cancelled"
                return "done"
            serve(handler)
            """
        )
        worker.send(1, 0.05)
        worker.send(2, 0.05)
        self.assertEqual(worker.end(), 0)
        self.assertEqual([worker.receive(), worker.receive()], [{"id": 1, "value": "done"}, {"id": 2, "value": "done"}])

    def test_garbage_found_while_asking_ends_the_worker(self):
        worker = self.start(
            """
            from headless_jobs import cancelled, log, serve
            def handler(value):
                log("waiting")
                while not cancelled():
                    pass
            serve(handler)
            """
        )
        worker.send(1, None)
        worker.receive()
        worker.write(b"garbage\n" * 10)
        self.assertEqual(worker.wait(), 70)


class LinesTest(ProgressAndCancel, WorkerCase):
    protocol = "lines"


class FramesTest(ProgressAndCancel, WorkerCase):
    protocol = "frames"
