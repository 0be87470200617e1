#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the tree keeps its order; prints one line per finding, exit status 1 if any.

The rules (each is a function below): file length, path length, names, SPDX line, includes
go one way, sources and tests are listed, passes have their file and their test, and what
must not be in the text of a file.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LINES = 800
MAX_PATH = 75
MAX_FLAG = 40

STAGES = ["Import", "Prepare", "Calibrate", "Precision", "Quantize", "Lower", "Codegen", "Package"]
# What each part may include: itself and everything to its left.
ORDER = ["Support", "dialects", *STAGES, "Pipelines", "Driver", "tools"]
SOURCE = {".cpp", ".h", ".c", ".td", ".py", ".sh", ".cmake", ".fbs", ".pyi"}
TEXT = SOURCE | {".md", ".mlir", ".txt", ".json", ".toml", ".test", ".in", ".yaml"}


def tracked():
    out = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [pathlib.PurePosixPath(p) for p in out.splitlines() if (ROOT / p).is_file()]


def is_generated(path):
    return path.parts[:2] == ("docs", "generated")


def check_length(path, text):
    lines = text.count("\n")
    if lines > MAX_LINES and path.suffix in SOURCE:
        yield f"{lines} lines; split it by family (at most {MAX_LINES})"


def check_path(path, text):
    if len(str(path)) > MAX_PATH:
        yield f"path of {len(str(path))} characters (at most {MAX_PATH})"
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", str(path))
    for word in words:
        if word.lower() in {"util", "utils", "misc", "common", "helper", "helpers", "uncategorized"}:
            yield f"'{word}' in a name says nothing; name what it does"


def check_spdx(path, text):
    is_script = text.startswith("#!")
    if path.suffix in SOURCE or is_script:
        if "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" not in text[:300]:
            yield "no SPDX-License-Identifier line at the top"


def part_of(path):
    """Which part of ORDER a file belongs to, or None."""
    parts = path.parts
    if parts[0] == "dialects":
        return "dialects"
    if parts[0] in ("tools", "python"):
        return "tools"
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ("include", "kvant") and len(parts) > 3:
        return parts[2]
    return None


def check_includes(path, text):
    part = part_of(path)
    if path.suffix not in (".cpp", ".h"):
        return
    for line in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
        # Generated code (.inc) is included by the path that it has in the build tree.
        if line.startswith(("lib/", "../", "include/")) and not line.endswith(".inc"):
            yield f'#include "{line}": reach other folders by include/kvant/ or dialects/'
        if part not in ORDER:
            continue
        target = None
        if line.startswith("dialects/"):
            target = "dialects"
        elif line.startswith("kvant/") and line.count("/") >= 2:
            target = line.split("/")[1]
        if target in ORDER and ORDER.index(target) > ORDER.index(part):
            yield f'#include "{line}": {part} comes before {target}'


def check_listed(path, text):
    if path.suffix not in (".cpp", ".c") or path.parts[0] not in ("lib", "dialects", "tools"):
        return
    folder = path.parent
    while folder.parts:
        lists = ROOT / folder / "CMakeLists.txt"
        if lists.exists() and str(path.relative_to(folder)) in lists.read_text():
            return
        folder = folder.parent
    yield "in no CMakeLists.txt"


def check_test(path, text):
    if path.parts[0] != "test" or "Inputs" in path.parts:
        return
    if path.suffix in (".mlir", ".test") and "RUN:" not in text:
        yield "a test without a RUN: line"
    if path.suffix == ".cpp" and path.parts[1] == "unit":
        folder = path.parent
        while folder.parts:
            lists = ROOT / folder / "CMakeLists.txt"
            if lists.exists() and str(path.relative_to(folder)) in lists.read_text():
                return
            folder = folder.parent
        yield "in no CMakeLists.txt"


def check_passes(path, text):
    if path.name != "Passes.td":
        return
    stage = path.parts[2]
    sources = {p.stem for p in (ROOT / "lib" / stage).rglob("*.cpp")}
    folder = ROOT / "test" / stage
    tests = [p.stem for p in folder.rglob("*") if p.suffix in (".mlir", ".test")]
    for name, flag in re.findall(r'def\s+(\w+)\s*:\s*Pass<\s*"([^"]+)"', text):
        name = name.removesuffix("Pass")
        if len(flag) > MAX_FLAG:
            yield f"flag {flag} is longer than {MAX_FLAG}"
        if name not in sources:
            yield f"pass {name}: no lib/{stage}/{name}.cpp"
        short = flag.removeprefix("kvant-")
        if not any(test == short or test.startswith(short + "-") for test in tests):
            yield f"pass {name}: no test {stage}/{short}.mlir"


# Built from pieces, so that this file passes its own check.
MACHINE_PATHS = re.compile("(?<![\\w.$}{%])/(" + "|".join(["work", "home", "root", "Users"]) + r")/\w")
MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")


def check_text(path, text):
    if path.suffix not in TEXT or is_generated(path):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATHS.search(line):
            yield f"line {number}: a path of one machine"
        if MARKS.search(line):
            yield f"line {number}: {MARKS.search(line).group()}; do it or leave it out"
    if path.parts[0] in ("lib", "dialects", "include"):
        if "PassWrapper" in text or "let constructor" in text:
            yield "passes are defined in Passes.td, without PassWrapper and constructor"
        if re.search(r"\bcl::(opt|list|bits)<", text):
            yield "cl::opt outside tools/: make it an option of the pass"
        if re.search(r"^\s*(throw|try)\b", text, re.M) and path.suffix in (".cpp", ".h"):
            yield "exceptions are off: return an error"


def check_stage_order():
    """The order of the stages is told in three places; they must agree."""
    lists = (ROOT / "lib/CMakeLists.txt").read_text()
    found = [w for w in re.findall(r"\w+", lists) if w in STAGES]
    if found != STAGES:
        yield f"lib/CMakeLists.txt: stages in the order {found}, expected {STAGES}"
    page = ROOT / "docs/architecture.md"
    if page.exists():
        told = re.findall(r"^\| `lib/(\w+)`", page.read_text(), re.M)
        told = [w for w in told if w in STAGES]
        if told != STAGES:
            yield f"docs/architecture.md: stages in the order {told}, expected {STAGES}"


def check_links(path, text):
    if path.suffix != ".md":
        return
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        target = link.split("#")[0]
        if target and "://" not in link and not (ROOT / path.parent / target).exists():
            yield f"links to {target}, which is not there"


CHECKS = [check_length, check_path, check_spdx, check_includes, check_listed, check_test,
          check_passes, check_text, check_links]


def main():
    findings = list(check_stage_order())
    for path in tracked():
        try:
            text = (ROOT / path).read_text()
        except UnicodeDecodeError:
            text = ""
        if is_generated(path) and path.suffix != ".md":
            continue
        for check in CHECKS:
            findings += [f"{path}: {finding}" for finding in check(path, text)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
