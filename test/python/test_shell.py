"""Workers that are run by hand: JSON in, JSON out, all else on stderr."""

import json
import os
import subprocess
import unittest

from support import LIMIT, WorkerCase, command, environment, needs_numpy


class ShellTest(WorkerCase):
    def run_code(self, code, stdin):
        ran = self.run_in_shell(self.script(code), stdin)
        return ran.returncode, ran.stdout.decode(), ran.stderr.decode()

    def test_one_document_is_one_result(self):
        code = "from headless_jobs import serve\nserve(lambda value: {'back': value})"
        for stdin in (b"[1, 2]", b"  [1,\n 2]\n\n", b"\xef\xbb\xbf[1,2]"):
            self.assertEqual(self.run_code(code, stdin), (0, '{"back":[1,2]}\n', ""))

    def test_several_documents_on_lines_or_not(self):
        code = "from headless_jobs import serve\nserve(lambda value: value)"
        for stdin in (b'1\n"a b"\n[]\n', b'1 "a b"[]'):
            self.assertEqual(self.run_code(code, stdin), (0, '1\n"a b"\n[]\n', ""))

    def test_no_document_is_none(self):
        code = "from headless_jobs import serve\nserve(lambda value: value is None)"
        for stdin in (b"", b" \n"):
            self.assertEqual(self.run_code(code, stdin), (0, "true\n", ""))

    def test_all_else_goes_to_stderr(self):
        code = """
            import os
            from headless_jobs import cancelled, log, progress, send, serve
            def handler(value):
                print("printed")
                os.write(1, b"from C\\n")
                log("logged")
                send({"x": 1})
                progress(0.5, "half")
                progress(1)
                return cancelled()
            serve(handler)
            """
        code, stdout, stderr = self.run_code(code, b"1")
        self.assertEqual((code, stdout), (0, "false\n"))
        self.assertEqual(stderr, 'printed\nfrom C\nlogged\nMESSAGE {"x":1}\nPROGRESS 0.5 half\nPROGRESS 1\n')

    def test_an_exception_ends_it_with_its_traceback(self):
        code, stdout, stderr = self.run_code(
            "from headless_jobs import serve\nserve(lambda value: 1 / value)", b"2 0 4"
        )
        self.assertEqual((code, stdout), (1, "0.5\n"))
        self.assertTrue(stderr.startswith("Traceback (most recent call last):\n"))
        self.assertTrue(stderr.endswith("ZeroDivisionError: division by zero\n"))
        self.assertNotIn("headless_jobs" + os.sep, stderr)

    def test_a_job_error_and_an_unsendable_result_are_their_messages_alone(self):
        code = """
            from headless_jobs import JobError, serve
            def handler(value):
                if value:
                    return {value}
                raise JobError("There is nothing.")
            serve(handler)
            """
        self.assertEqual(self.run_code(code, b"0"), (1, "", "There is nothing.\n"))
        self.assertEqual(self.run_code(code, b"1"), (1, "", "result is of type set, which cannot be sent.\n"))

    def test_an_exit_is_the_exit_of_the_process(self):
        code = "import sys\nfrom headless_jobs import serve\nserve(lambda value: sys.exit(value))"
        self.assertEqual(self.run_code(code, b"3"), (3, "", ""))

    def test_what_is_no_json_is_told_before_anything_is_done(self):
        code = "from headless_jobs import serve\nserve(lambda value: value)"
        for stdin in (b"1 {", b"\xff"):
            code_, stdout, stderr = self.run_code(code, stdin)
            self.assertEqual((code_, stdout), (1, ""))
            self.assertRegex(stderr, r"^headless_jobs: stdin is no JSON: .*\.\n$")

    def test_bytes_need_frames(self):
        code, stdout, stderr = self.run_code("from headless_jobs import serve\nserve(lambda value: b'x')", b"")
        self.assertEqual((code, stdout), (1, ""))
        self.assertIn("which only the protocol frames can carry", stderr)

    @needs_numpy
    def test_numpy_arrays_are_nested_lists(self):
        code = "import numpy as np\nfrom headless_jobs import serve\nserve(lambda value: np.array(value) * 2.5)"
        self.assertEqual(self.run_code(code, b"[[1,2],[3,4]]"), (0, "[[2.5,5.0],[7.5,10.0]]\n", ""))

    @unittest.skipUnless(hasattr(os, "openpty"), "there are no terminals here")
    def test_a_terminal_is_told_how_to_end_its_input(self):
        ours, theirs = os.openpty()
        script = self.script("from headless_jobs import serve\nserve(lambda value: value)")
        process = subprocess.Popen(
            command(script), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        os.close(theirs)
        self.addCleanup(os.close, ours)
        os.write(ours, b"[1]\n\x04")
        stdout, stderr = process.communicate(timeout=LIMIT)
        self.assertEqual(json.loads(stdout), [1])
        self.assertIn(b"Ctrl-D", stderr)
