"""Runs the unittest files of a folder and counts them in a JSON file: run_unittest.py FOLDER REPORT."""

import json
import sys
import unittest

folder, report = sys.argv[1:]
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(unittest.defaultTestLoader.discover(folder))
failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
skipped = len(result.skipped)
passed = max(0, result.testsRun - failed - skipped)
with open(report, "w") as file:
    json.dump({"passed": passed, "failed": failed, "skipped": skipped}, file)
sys.exit(0 if failed == 0 else 1)
