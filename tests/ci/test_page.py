"""ci/page.py on a report that the suite really wrote, on results of a benchmark, and on
what is neither.

usage: test_page.py PAGE.PY PIDPROOF ADAPTER [unittest arguments]
"""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PAGE, PIDPROOF, ADAPTER = sys.argv[1:4]
BENCH = {"context": {}, "benchmarks": [
    {"name": "floor/clock_mean", "run_name": "floor/clock", "aggregate_name": "mean",
     "run_type": "aggregate", "real_time": 99.0, "time_unit": "ns"},
    {"name": "floor/clock_median", "run_name": "floor/clock", "aggregate_name": "median",
     "run_type": "aggregate", "real_time": 41.5, "time_unit": "ns"}]}


# As CTest 3.25 writes it.
TESTS = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux-c++" tests="3" failures="1" disabled="0" skipped="1" hostname="" time="0">
  <testcase name="lib/good" classname="lib/good" time="0.1" status="run"><system-out/></testcase>
  <testcase name="lib/bad" classname="lib/bad" time="0.1" status="fail"><failure message=""/></testcase>
  <testcase name="lib/left" classname="lib/left" time="0" status="notrun"><skipped/></testcase>
</testsuite>"""


class Page(unittest.TestCase):
    def setUp(self) -> None:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.reports = Path(made.name)

    def page(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([sys.executable, PAGE, str(self.reports)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_every_report_is_on_it(self) -> None:
        for job in ("one", "two"):
            (self.reports / job).mkdir()
        report = self.reports / "one" / "conform.json"
        subprocess.run([PIDPROOF, "conform", "--no-sandbox", "--jobs", "1", "--filter", "rec/no-pid",
                        "--filter", "rec/pid-negated", "--json", str(report), "--", ADAPTER],
                       stdout=subprocess.DEVNULL, check=True)
        (self.reports / "two" / "bench.json").write_text(json.dumps(BENCH))
        (self.reports / "two" / "broken.json").write_text("{")
        (self.reports / "two" / "tests.xml").write_text(TESTS)
        (self.reports / "two" / "conform.xml").write_text("<testsuites/>")
        done = self.page()
        self.assertEqual(done.returncode, 0, done.stderr)
        row = re.search(r"<tr[^>]*><td>one/conform.json</td>(.*?)</tr>", done.stdout)
        assert row
        cells = re.findall(r"<td>(.*?)</td>", row.group(1))
        self.assertEqual(cells[0], "linux")
        self.assertEqual(cells[4:], ["1", "0", "0", "0", "0", "0", "1"])  # as OUTCOMES has them
        self.assertIn("<td>rec/pid-negated</td><td>not-established</td>", done.stdout)
        self.assertIn("<td>floor/clock</td><td>41.5 ns</td>", done.stdout)
        self.assertIn("<li>two/broken.json (", done.stdout)
        self.assertIn('<tr class="bad"><td>two/tests.xml</td><td>3</td><td>1</td><td>1</td>'
                      "<td>lib/bad</td></tr>", done.stdout)
        self.assertIn("<li>two/conform.xml\n", done.stdout)

    def test_no_report_is_no_page(self) -> None:
        self.assertEqual(self.page().returncode, 1)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
