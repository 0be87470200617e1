#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Starts a new pass: new-pass.py STAGE NAME, for example new-pass.py Prepare FoldBatchNorm.

Writes lib/STAGE/NAME.cpp and the tests test/STAGE/<name>.mlir and <name>-invalid.mlir, and
adds the definition to include/kvant/STAGE/Passes.td and the file to lib/STAGE/CMakeLists.txt.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"

DEFINITION = """
def {name} : Pass<"kvant-{flag}"> {{
  let summary = "one line: what it does";
  let description = [{{
    What enters, what leaves, what is refused.
  }}];
}}
"""

SOURCE = """// {spdx}
// What this pass is for, in one sentence.
#include "kvant/{stage}/Passes.h"

#include "dialects/Qnn/Qnn.h"

namespace kvant {{
#define GEN_PASS_DEF_{upper}
#include "kvant/{stage}/Passes.h.inc"

namespace {{
class {name} : public impl::{name}Base<{name}> {{
  void runOnOperation() override {{
  }}
}};
}} // namespace
}} // namespace kvant
"""

TEST = """// RUN: quant-opt %s --kvant-{flag} | FileCheck %s

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {{
  return %x : tensor<1x4x4x8xf32>
}}
"""

INVALID = """// RUN: quant-opt %s --kvant-{flag} --split-input-file --verify-diagnostics

func.func @main(%x: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {{
  return %x : tensor<1x4x4x8xf32>
}}
"""


def insert_into_list(text, target, name):
    """Adds NAME.cpp to the sorted file list of kvant_add_stage(STAGE ...)."""
    start = text.index(target) + len(target)
    end = min(i for i in (text.find("LINK", start), text.find(")", start)) if i >= 0)
    files = sorted({*text[start:end].split(), f"{name}.cpp"})
    tail = text[end:]
    return text[:start] + " " + "\n  ".join(files) + ("\n  " if tail.startswith("LINK") else "") + tail


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    stage, name = sys.argv[1:]
    passes = ROOT / "include/kvant" / stage / "Passes.td"
    lists = ROOT / "lib" / stage / "CMakeLists.txt"
    if not passes.exists() or not lists.exists():
        sys.exit(f"new-pass: no stage '{stage}' with passes")
    if not re.fullmatch(r"([A-Z][a-z0-9]+)+", name):
        sys.exit(f"new-pass: expected a name in CamelCase that begins with a verb, got '{name}'")
    flag = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    values = dict(stage=stage, name=name, flag=flag, upper=name.upper(), spdx=SPDX)
    files = {
        ROOT / "lib" / stage / f"{name}.cpp": SOURCE,
        ROOT / "test" / stage / f"{flag}.mlir": TEST,
        ROOT / "test" / stage / f"{flag}-invalid.mlir": INVALID,
    }
    for path in files:
        if path.exists():
            sys.exit(f"new-pass: {path.relative_to(ROOT)} exists already")
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.format(**values))
        print(f"wrote {path.relative_to(ROOT)}")
    text = passes.read_text()
    end = text.rfind("\n#endif")
    end = end if end >= 0 else len(text)
    passes.write_text(text[:end] + DEFINITION.format(**values) + text[end:])
    lists.write_text(insert_into_list(lists.read_text(), f"kvant_add_stage({stage}", name))
    print(f"added it to {passes.relative_to(ROOT)} and {lists.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
