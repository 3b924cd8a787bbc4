"""Runs the unittest files of a folder and counts them in a JSON file: run_unittest.py FOLDER REPORT SEED [NAME].

Their order is that of the seed; a name is a pattern for the tests that are wanted.
"""

import json
import random
import re
import sys
import unittest

folder, report, seed, *name = sys.argv[1:]


def tests_of(suite):
    for test in suite:
        yield from tests_of(test) if isinstance(test, unittest.TestSuite) else [test]


tests = [test for test in tests_of(unittest.defaultTestLoader.discover(folder)) if not name or re.search(name[0], str(test))]
random.Random(seed).shuffle(tests)
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.TestSuite(tests))
failures = [{"name": str(test), "message": text} for test, text in result.failures + result.errors]
failures += [{"name": str(test), "message": "It was expected to fail."} for test in result.unexpectedSuccesses]
skipped = len(result.skipped)
passed = max(0, result.testsRun - len(failures) - skipped)
with open(report, "w") as file:
    json.dump({"passed": passed, "failures": failures, "skipped": skipped}, file)
sys.exit(1 if failures else 0)
