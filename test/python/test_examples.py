"""The example workers, with numpy and without, as jobs and from a shell."""

import json
import os
import random
import shutil
import struct
import subprocess
import unittest

from support import ROOT, Worker, WorkerCase, command, needs_numpy

EXAMPLES = os.path.join(ROOT, "examples")
SHAPES = ([1, 1, 1], [4, 3, 2], [2, 5], [7], [3, 1, 2, 2])


def example(name):
    return os.path.join(EXAMPLES, name)


def product(shape):
    result = 1
    for length in shape:
        result *= length
    return result


def unpack(data):
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def pack(numbers):
    return struct.pack(f"<{len(numbers)}f", *numbers)


def random_floats(count):
    source = random.Random(5)
    return unpack(pack([source.uniform(-1, 1) for _ in range(count)]))


def nested(numbers, shape):
    for length in reversed(shape[1:]):
        numbers = [numbers[i : i + length] for i in range(0, len(numbers), length)]
    return numbers


def box_mean(numbers, shape, radius):
    """The same by its definition, for one axis after the other."""
    for axis in range(len(shape)):
        stride = product(shape[axis + 1 :])
        smooth = []
        for i in range(len(numbers)):
            at = i // stride % shape[axis]
            window = range(max(0, at - radius), min(shape[axis], at + radius + 1))
            smooth.append(sum(numbers[i + (other - at) * stride] for other in window) / len(window))
        numbers = smooth
    return numbers


class PythonExamples:
    def start_example(self, name):
        worker = Worker(command(example(name), self.with_numpy), "frames")
        self.addCleanup(worker.close)
        worker.hello()
        return worker

    def assert_close(self, got, expected):
        self.assertEqual(len(got), len(expected))
        for a, b in zip(got, expected):
            self.assertAlmostEqual(a, b, places=5)

    def test_smooth_is_the_mean_over_a_box(self):
        worker = self.start_example("smooth.py")
        for id, shape in enumerate(SHAPES, start=1):
            with self.subTest(shape=shape):
                numbers = random_floats(product(shape))
                arrays = [(["value", "volume"], "float32", shape, pack(numbers))]
                worker.send(id, {"volume": None, "radius": 1}, arrays)
                *received, answer = worker.until_answer(id)
                self.assertEqual(received[-1]["progress"], 1)
                (entry,) = answer["arrays"]
                self.assertEqual(
                    (entry["path"], entry["dtype"], entry["shape"]), (["value", "volume"], "float32", shape)
                )
                self.assert_close(unpack(entry["data"]), box_mean(numbers, shape, 1))

    def test_smooth_with_radius_0_changes_nothing(self):
        worker = self.start_example("smooth.py")
        numbers = random_floats(24)
        arrays = [(["value", "volume"], "float32", [4, 3, 2], pack(numbers))]
        answer = worker.ask(1, {"volume": None, "radius": 0}, arrays)
        self.assertEqual(unpack(answer["arrays"][0]["data"]), numbers)

    def test_smooth_with_a_radius_beyond_the_volume_is_its_mean(self):
        worker = self.start_example("smooth.py")
        arrays = [(["value", "volume"], "float32", [2, 1, 2], pack([1, 2, 3, 6]))]
        answer = worker.ask(1, {"volume": None, "radius": 20}, arrays)
        self.assert_close(unpack(answer["arrays"][0]["data"]), [3] * 4)

    def test_noise_is_that_of_its_seed(self):
        worker = self.start_example("noise.py")
        numbers = random_floats(30)
        arrays = [(["value", "vertices"], "float32", [10, 3], pack(numbers))]
        source = random.Random(7)
        expected = pack([x + source.uniform(-0.5, 0.5) for x in numbers])
        answer = worker.ask(1, {"vertices": None, "amplitude": 0.5, "seed": 7}, arrays)
        (entry,) = answer["arrays"]
        self.assertEqual((entry["path"], entry["dtype"], entry["shape"]), (["value", "vertices"], "float32", [10, 3]))
        self.assertEqual(entry["data"], expected)

    def test_empty_arrays_stay_empty(self):
        arrays = [(["value", "vertices"], "float32", [0, 3], b"")]
        answer = self.start_example("noise.py").ask(1, {"vertices": None, "amplitude": 1, "seed": 0}, arrays)
        self.assertEqual(answer["arrays"][0]["data"], b"")
        arrays = [(["value", "volume"], "float32", [2, 0, 3], b"")]
        answer = self.start_example("smooth.py").ask(1, {"volume": None, "radius": 2}, arrays)
        self.assertEqual(answer["arrays"][0]["data"], b"")

    def test_both_run_from_a_shell_with_lists(self):
        for shape in SHAPES:
            with self.subTest(shape=shape):
                numbers = random_floats(product(shape))
                stdin = json.dumps({"volume": nested(numbers, shape), "radius": 2}).encode()
                ran = self.run_in_shell(example("smooth.py"), stdin, self.with_numpy)
                volume = json.loads(ran.stdout)["volume"]
                for _ in shape[1:]:
                    volume = [item for row in volume for item in row]
                self.assert_close(volume, box_mean(numbers, shape, 2))
                self.assertIn(b"PROGRESS 1", ran.stderr)
        stdin = json.dumps({"vertices": [[0, 0, 0]], "amplitude": 1, "seed": 3}).encode()
        ran = self.run_in_shell(example("noise.py"), stdin, self.with_numpy)
        source = random.Random(3)
        self.assertEqual(
            json.loads(ran.stdout), {"vertices": [unpack(pack([source.uniform(-1, 1) for _ in range(3)]))]}
        )


@needs_numpy
class WithNumpyTest(PythonExamples, WorkerCase):
    pass


class WithoutNumpyTest(PythonExamples, WorkerCase):
    with_numpy = False


class OtherLanguagesTest(WorkerCase):
    def start_example(self, *words):
        worker = Worker(words, "lines")
        self.addCleanup(worker.close)
        self.assertEqual(worker.receive(), {"hello": 1})
        return worker

    def test_node_counts_words(self):
        node = shutil.which("node")
        if not node:
            self.skipTest("there is no node on PATH")
        worker = self.start_example(node, example("count_words.mjs"))
        self.assertEqual(worker.ask(1, "To be, or not to be")["value"], {"to": 2, "be": 2, "or": 1, "not": 1})
        self.assertEqual(worker.ask(2, 5)["error"], {"message": "The input is no text."})
        self.assertEqual(worker.ask(3, "__proto__ constructor ä")["value"], {"proto": 1, "constructor": 1, "ä": 1})
        self.assertEqual(worker.end(), 0)

    def test_awk_lists_primes(self):
        awk = shutil.which("gawk") or shutil.which("mawk")
        if not awk:
            self.skipTest("there is neither gawk nor mawk on PATH")
        options = ["-W", "interactive"] if awk.endswith("mawk") else []
        worker = self.start_example(awk, *options, "-f", example("primes.awk"))
        self.assertEqual(worker.ask(1, 30)["value"], [2, 3, 5, 7, 11, 13, 17, 19, 23, 29])
        self.assertEqual(worker.ask(2, 1)["value"], [])
        self.assertEqual(worker.ask(3, "x")["error"], {"message": "The input is no whole number."})
        self.assertEqual(worker.ask(4, 2)["value"], [2])
        self.assertEqual(worker.end(), 0)

    @unittest.skipUnless(shutil.which("awk"), "there is no awk on PATH")
    def test_any_awk_runs_once(self):
        ran = subprocess.run(
            ["awk", "-f", example("primes.awk")], input=b'{"id":1,"value":5}\n', capture_output=True, timeout=30
        )
        self.assertEqual(ran.stdout, b'{"hello":1}\n{"id":1,"value":[2,3,5]}\n')
