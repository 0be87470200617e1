#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the test suites and the checks of the tree, and counts them together.

The last line is 'N passed, N failed'; the exit status is 0 only if nothing failed and
every chosen suite ran something.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = {
    "tree": ["tools/dev/check-tree.py"],
    "format": ["tools/dev/check-format.py"],
    "tidy": ["tools/dev/check-tidy.py", "{build}"],
    "docs": ["tools/dev/generate-docs", "--check", "{build}"],
}


class Count:
    def __init__(self, passed=0, failed=0, unsupported=0):
        self.passed, self.failed, self.unsupported = passed, failed, unsupported

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.unsupported += other.unsupported

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.unsupported} unsupported"


def count_junit(path):
    """Counts the cases of a JUnit file; a missing or broken one is a failure."""
    count = Count()
    try:
        cases = list(xml.parse(path).iter("testcase"))
    except (OSError, xml.ParseError):
        return Count(failed=1)
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            count.unsupported += 1
        else:
            count.passed += 1
    return count


def run(command, **kwargs):
    return subprocess.run([str(c) for c in command], cwd=ROOT, **kwargs).returncode


def run_lit(args, results):
    junit = results / "lit.xml"
    code = run([sys.executable, args.llvm / "bin/lit", "-s", "-v", "--order=smart", f"-j{os.cpu_count()}",
                f"--xunit-xml-output={junit}", args.build / "test"])
    count = count_junit(junit)
    return count if code == 0 or count.failed else Count(failed=1)


def run_unit(args, results):
    """ctest runs each program; the programs write one JUnit file each, with their cases."""
    folder = results / "unit"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.xml"):
        old.unlink()
    junit = results / "ctest.xml"
    run(["ctest", "--test-dir", args.build, "--output-on-failure", f"-j{os.cpu_count()}",
         "--output-junit", junit, "--timeout", "900", "-Q"],
        env={**os.environ, "GTEST_OUTPUT": f"xml:{folder}/"})
    count = Count()
    written = {path.stem: count_junit(path) for path in folder.glob("*.xml")}
    for case in xml.parse(junit).iter("testcase"):
        failed = case.find("failure") is not None
        inner = written.get(case.get("name"), Count(passed=not failed, failed=failed))
        if failed:
            print(f"FAIL: {case.get('name')}\n{case.findtext('system-out') or ''}")
            inner.failed = max(inner.failed, 1)
        count.add(inner)
    return count


def run_python(args, results):
    junit = results / "pytest.xml"
    env = {**os.environ, "PYTHONPATH": str(args.build / "python"), "KVANT_BUILD": str(args.build)}
    code = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                f"--junitxml={junit}", "test/python"], env=env)
    count = count_junit(junit)
    return count if code == 0 or count.failed else Count(failed=1)


def run_checks(args, results):
    count = Count()
    for name, command in CHECKS.items():
        if not (ROOT / command[0]).exists():
            raise SystemExit(f"run-tests: {command[0]} is missing")
        code = run([part.format(build=args.build) for part in command])
        print(f"check {name}: {'ok' if code == 0 else 'FAILED'}", flush=True)
        count.add(Count(passed=code == 0, failed=code != 0))
    return count


SUITES = {"lit": run_lit, "unit": run_unit, "python": run_python, "checks": run_checks}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--llvm", type=pathlib.Path, required=True)
    parser.add_argument("suites", nargs="*", metavar="PART", help=f"of: {', '.join(SUITES)}")
    args = parser.parse_args()
    unknown = [name for name in args.suites if name not in SUITES]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(SUITES)}")
    args.build = args.build.resolve()
    results = args.build / "results"
    results.mkdir(exist_ok=True)
    total, lines = Count(), []
    for name in args.suites or SUITES:
        start = time.time()
        print(f"== {name}", flush=True)
        count = SUITES[name](args, results)
        if count.passed + count.failed == 0:
            print(f"{name}: ran no test")
            count.failed = 1
        lines.append(f"{name:8} {count}  ({time.time() - start:.0f} s)")
        total.add(count)
    print("\n".join(["", *lines, f"unsupported: {total.unsupported}", ""]))
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
