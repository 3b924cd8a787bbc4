"""Arrays in frames, with numpy and without."""

import struct

from support import JOB, ArrayCase, floats, needs_numpy

LETTERS = {
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
ECHO = """
from headless_jobs import serve
serve(lambda value: value)
"""


class Arrays:
    """What is the same with and without numpy."""

    def test_every_type_comes_back_with_its_shape(self):
        worker = self.start(ECHO)
        for id, (dtype, letter) in enumerate(LETTERS.items(), start=1):
            data = struct.pack(f"<6{letter}", *range(6))
            answer = worker.ask(id, None, [(["value"], dtype, [1, 2, 3], data)])
            self.assertEqual(self.array_of(answer), (dtype, [1, 2, 3], data))

    def test_arrays_stand_where_they_stood(self):
        worker = self.start("from headless_jobs import serve\nserve(lambda value: {'back': [value, 1]})")
        value = {"a": [0, None, {"ü": None}], "n": 5}
        arrays = [(["value", "a", 2, "ü"], "uint8", [3], b"abc"), (["value", "a", 1], "int16", [1], b"\1\2")]
        answer = worker.ask(1, value, arrays)
        self.assertEqual(answer["value"], {"back": [value, 1]})
        there = {tuple(entry["path"]): entry["data"] for entry in answer["arrays"]}
        self.assertEqual(there, {("value", "back", 0, "a", 1): b"\1\2", ("value", "back", 0, "a", 2, "ü"): b"abc"})

    def test_numbers_without_axes(self):
        worker = self.start(
            """
            from headless_jobs import log, serve
            def handler(value):
                log(value.shape)
                return value
            serve(handler)
            """
        )
        worker.send(1, None, [(["value"], "float64", [], struct.pack("<d", 2.5))])
        log, answer = worker.until_answer(1)
        self.assertEqual(log["log"], "()")
        self.assertEqual(self.array_of(answer), ("float64", [], struct.pack("<d", 2.5)))

    def test_arrays_can_be_written_to(self):
        worker = self.start(
            """
            from headless_jobs import serve
            def handler(value):
                value[0] = value[0] * 2
                return value
            serve(handler)
            """
        )
        answer = worker.ask(1, None, [(["value"], "float32", [2], floats(1.5, 4))])
        self.assertEqual(self.array_of(answer)[2], floats(3, 4))

    def test_arrays_that_arrive_in_single_bytes(self):
        worker = self.start(ECHO)
        arrays = [(["value", 0], "uint8", [3], b"abc"), (["value", 1], "uint8", [9], b"123456789")]
        for byte in worker.encode(1, {"value": [None, None]}, arrays) + worker.encode(2, {"value": 2}):
            worker.write(bytes([byte]))
        answer = worker.receive()
        self.assertEqual([entry["data"] for entry in answer["arrays"]], [b"abc", b"123456789"])
        self.assertEqual(worker.receive(), {"id": 2, "value": 2})

    def test_buffers_of_python_are_arrays(self):
        worker = self.start(
            """
            import array, ctypes
            from headless_jobs import serve
            serve(lambda value: {
                "bytes": b"abc",
                "bytearray": bytearray(b""),
                "array": array.array("h", [1, -2]),
                "longs": array.array("l", [3]),
                "bools": memoryview(bytes([1, 0])).cast("?"),
                "two axes": memoryview(bytes(range(6))).cast("B", (2, 3)),
                "every other": memoryview(b"a_b_c_")[::2],
                "with a format": memoryview((ctypes.c_int32 * 2)(5, 6)),
            })
            """
        )
        answer = worker.ask(1, None)
        long_type = f"int{8 * struct.calcsize('l')}"
        self.assertEqual(
            {entry["path"][1]: (entry["dtype"], entry["shape"], entry["data"]) for entry in answer["arrays"]},
            {
                "bytes": ("uint8", [3], b"abc"),
                "bytearray": ("uint8", [0], b""),
                "array": ("int16", [2], struct.pack("<2h", 1, -2)),
                "longs": (long_type, [1], struct.pack("<l" if long_type == "int32" else "<q", 3)),
                "bools": ("uint8", [2], b"\1\0"),
                "two axes": ("uint8", [2, 3], bytes(range(6))),
                "every other": ("uint8", [3], b"abc"),
                "with a format": ("int32", [2], struct.pack("<2i", 5, 6)),
            },
        )

    def test_a_format_that_cannot_be_sent_is_named(self):
        worker = self.start(
            """
            import ctypes
            from headless_jobs import serve
            class Point(ctypes.Structure):
                _fields_ = [("x", ctypes.c_int)]
            serve(lambda value: {"points": [memoryview((Point * 2)())]})
            """
        )
        self.assertIn('result["points"][0] is an array of the format', worker.ask(1, None)["error"]["message"])

    def test_the_path_of_an_array_has_the_keys_of_json(self):
        worker = self.start(
            "from headless_jobs import serve\nserve(lambda value: {5: b'a', None: b'b', True: b'c', .5: b'd'})"
        )
        answer = worker.ask(1, None)
        self.assertEqual([entry["path"][1] for entry in answer["arrays"]], ["5", "null", "true", "0.5"])
        self.assertEqual(list(answer["value"]), ["5", "null", "true", "0.5"])

    def test_a_frame_that_describes_its_arrays_wrongly_is_an_error_of_the_job(self):
        worker = self.start(ECHO)
        wrong = {
            "place": [(["value", "b"], "uint8", [1], b"a")],
            "place in a place": [(["value", "a", 0], "uint8", [1], b"a")],
            "array of complex64": [(["value", "a"], "complex64", [0], b"")],
            "fewer bytes": [(["value", "a"], "float64", [1000], b"a")],
            "none of its own": [(["value", "a"], "uint8", [1], "../" + JOB)],
            "none of its own: '..'": [(["value", "a"], "uint8", [1], "..")],
            "in no folder": [(["value", "a"], "uint8", [1], f"{JOB}.abc.array")],
        }
        for id, (words, arrays) in enumerate(wrong.items(), start=1):
            with self.subTest(words):
                error = worker.ask(id, {"a": 1}, arrays)["error"]
                self.assertEqual(error["type"], "ValueError")
                self.assertIn(words.replace(" in a place", ""), error["message"])
        self.assertEqual(worker.ask(99, 1), {"id": 99, "value": 1})

    def test_a_frame_that_would_be_too_long_is_an_error(self):
        worker = self.start(
            """
            from headless_jobs import serve
            def handler(value):
                return [bytes(1024 * 1024)] * value
            serve(handler)
            """
        )
        self.assertIn("is too long", worker.ask(1, 256)["error"]["message"])
        self.assertEqual(len(worker.ask(2, 2)["arrays"]), 2)


class WithoutNumpyTest(Arrays, ArrayCase):
    with_numpy = False

    def test_an_array_is_a_memoryview(self):
        worker = self.start(
            """
            from headless_jobs import serve
            serve(lambda value: [type(value).__name__, value.format, value.shape, value.tolist()])
            """
        )
        answer = worker.ask(1, None, [(["value"], "float32", [1, 2], floats(1.5, 2))])
        self.assertEqual(answer["value"], ["memoryview", "f", [1, 2], [[1.5, 2.0]]])

    def test_an_empty_array_has_one_axis(self):
        worker = self.start(ECHO)
        for id, shape in enumerate(([0], [3, 0]), start=1):
            answer = worker.ask(id, None, [(["value"], "int16", shape, b"")])
            self.assertEqual(self.array_of(answer), ("int16", [0], b""))


@needs_numpy
class WithNumpyTest(Arrays, ArrayCase):
    pass
