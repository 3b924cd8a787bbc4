"""What numpy adds: its arrays and scalars."""

import struct

from support import ArrayCase, WorkerCase, floats, needs_numpy

ECHO = """
from headless_jobs import serve
serve(lambda value: value)
"""


@needs_numpy
class NumpyTest(ArrayCase):
    def test_empty_arrays_keep_their_shape(self):
        folder = self.folder()
        worker = self.start(ECHO, folders=[folder])
        for id, shape in enumerate(([0], [0, 3], [2, 0, 4]), start=1):
            for data in (b"", self.file_in(folder, b"")):
                answer = worker.ask(id, None, [(["value"], "int16", shape, data)])
                self.assertEqual(self.array_of(answer), ("int16", shape, b""))

    def test_an_array_is_a_numpy_array(self):
        folder = self.folder()
        worker = self.start(
            """
            from headless_jobs import serve
            def handler(value):
                kind = type(value)
                name = f"{kind.__module__}.{kind.__name__}"
                return [name, value.dtype.name, value.shape, value.flags.writeable, value.mean()]
            serve(handler)
            """,
            folders=[folder],
        )
        for id, data in enumerate((floats(1, 2, 3, 6), self.file_in(folder, floats(1, 2, 3, 6))), start=1):
            answer = worker.ask(id, None, [(["value"], "float32", [2, 2], data)])
            self.assertEqual(answer["value"], ["numpy.ndarray", "float32", [2, 2], True, 3])

    def test_numpy_is_imported_for_arrays_alone(self):
        worker = self.start("import sys\nfrom headless_jobs import serve\nserve(lambda value: 'numpy' in sys.modules)")
        self.assertFalse(worker.ask(1, [1.5])["value"])
        self.assertTrue(worker.ask(2, None, [(["value"], "float32", [1], floats(1))])["value"])

    def test_arrays_in_any_order_of_bytes_and_axes(self):
        worker = self.start(
            """
            import numpy as np
            from headless_jobs import serve
            a = np.arange(6, dtype="float64").reshape(2, 3)
            frozen = a.copy()
            frozen.flags.writeable = False
            serve(lambda value: {
                "transposed": a.T, "strided": a[:, ::2], "backwards": a[::-1], "fortran": np.asfortranarray(a),
                "big endian": a.astype(">f8"), "read-only": frozen, "matrix": np.matrix(a),
                "broadcast": np.broadcast_to(a[0], (2, 3)),
                "bool": np.array([[True, False]]), "no axes": np.array(7, ">i4"), "long": np.array([1], np.longlong),
            })
            """
        )
        answer = worker.ask(1, None)

        def double(*numbers):
            return struct.pack(f"<{len(numbers)}d", *numbers)

        whole = double(0, 1, 2, 3, 4, 5)
        self.assertEqual(
            {entry["path"][1]: (entry["dtype"], entry["shape"], entry["data"]) for entry in answer["arrays"]},
            {
                "transposed": ("float64", [3, 2], double(0, 3, 1, 4, 2, 5)),
                "strided": ("float64", [2, 2], double(0, 2, 3, 5)),
                "backwards": ("float64", [2, 3], double(3, 4, 5, 0, 1, 2)),
                "fortran": ("float64", [2, 3], whole),
                "big endian": ("float64", [2, 3], whole),
                "read-only": ("float64", [2, 3], whole),
                "matrix": ("float64", [2, 3], whole),
                "broadcast": ("float64", [2, 3], double(0, 1, 2, 0, 1, 2)),
                "bool": ("uint8", [1, 2], b"\1\0"),
                "no axes": ("int32", [], struct.pack("<i", 7)),
                "long": ("int64", [1], struct.pack("<q", 1)),
            },
        )

    def test_a_dtype_that_cannot_be_sent_is_named_with_what_to_do(self):
        worker = self.start(
            """
            import numpy as np
            from headless_jobs import serve
            serve(lambda dtype: {"x": [np.zeros(2, [("a", "i4")] if dtype == "fields" else dtype)]})
            """
        )
        for id, (dtype, advice) in enumerate(
            {
                "float16": 'float16, which cannot be sent; send .astype("float32")',
                "complex64": "complex64, which cannot be sent; send its .real and .imag",
                "object": 'object, which cannot be sent; send .astype("float32")',
                "datetime64[s]": 'datetime64[s], which cannot be sent; send .astype("int64")',
                "U3": "str96, which cannot be sent; send .tolist()",
                "fields": "void32, which cannot be sent; send its fields one by one",
            }.items(),
            start=1,
        ):
            with self.subTest(dtype):
                error = worker.ask(id, dtype)["error"]
                self.assertEqual(error["type"], "TypeError")
                self.assertIn(f'result["x"][0] is an array of {advice}', error["message"])

    def test_nan_in_an_array_is_a_number_like_any_other(self):
        worker = self.start(
            """
            import numpy as np
            from headless_jobs import serve
            serve(lambda value: np.array([np.nan, np.inf], "float32"))
            """
        )
        self.assertEqual(self.array_of(worker.ask(1, None))[2], floats(float("nan"), float("inf")))


SCALARS = """
import numpy as np
from headless_jobs import serve
serve(lambda value: {
    "float": np.float64(1.5), "small": np.float32(0.5), "half": np.float16(2), "long": np.longdouble(3),
    "int": np.int64(-4), "byte": np.uint8(255), "bool": np.bool_(True), "text": np.str_("x"),
})
"""
PLAIN = {"float": 1.5, "small": 0.5, "half": 2, "long": 3, "int": -4, "byte": 255, "bool": True, "text": "x"}


@needs_numpy
class NumpyInFramesTest(WorkerCase):
    protocol = "frames"

    def test_scalars_are_numbers(self):
        self.assertEqual(self.start(SCALARS).ask(1, None)["value"], PLAIN)


@needs_numpy
class NumpyInLinesTest(WorkerCase):
    def test_scalars_are_numbers(self):
        self.assertEqual(self.start(SCALARS).ask(1, None)["value"], PLAIN)

    def test_arrays_are_nested_lists(self):
        worker = self.start(
            """
            import numpy as np
            from headless_jobs import serve
            serve(lambda value: [np.arange(4).reshape(2, 2), np.array(1.5), np.zeros((0, 3)), np.array([True])])
            """
        )
        self.assertEqual(worker.ask(1, None)["value"], [[[0, 1], [2, 3]], 1.5, [], [True]])

    def test_what_json_does_not_have_is_named_with_its_place(self):
        worker = self.start(
            """
            import numpy as np
            from headless_jobs import serve
            values = {
                "nan": np.array([[1, np.nan]]), "complex": np.array([1j]),
                "scalar": np.complex64(1), "key": {np.int64(1): 2},
            }
            serve(lambda name: {"x": values[name]})
            """
        )
        expected = {
            "nan": 'result["x"][0][1] is nan, which JSON does not have',
            "complex": 'result["x"][0] is of type complex',
            "scalar": 'result["x"] is of type complex64',
            "key": 'result["x"] has the key',
        }
        for id, (name, words) in enumerate(expected.items(), start=1):
            self.assertIn(words, worker.ask(id, name)["error"]["message"])
