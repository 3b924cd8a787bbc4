"""Runs the unittest files of a folder and counts them in a JSON file: run_unittest.py FOLDER REPORT."""

import json
import sys
import unittest

folder, report = sys.argv[1:]
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.defaultTestLoader.discover(folder))
failures = [{"name": str(test), "message": text} for test, text in result.failures + result.errors]
failures += [{"name": str(test), "message": "It was expected to fail."} for test in result.unexpectedSuccesses]
skipped = len(result.skipped)
passed = max(0, result.testsRun - len(failures) - skipped)
with open(report, "w") as file:
    json.dump({"passed": passed, "failures": failures, "skipped": skipped}, file)
sys.exit(1 if failures else 0)
