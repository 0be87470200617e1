# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The demo: from a float .tflite to a native integer library, used from C.

usage: python demo.py --bin FOLDER_OF_TOOLS --work FOLDER_FOR_RESULTS

Every command is printed as it is run, so that it can be repeated by hand.
"""

import argparse
import json
import pathlib
import shlex
import shutil
import subprocess
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
MODEL, CALIBRATION, TEST = HERE / "digits.tflite", HERE / "calibration.npz", HERE / "test.npz"
EXAMPLE = HERE.parent / "c/classify.c"


def shown(path):
    """Paths relative to where the demo runs read better."""
    try:
        return str(pathlib.Path(path).relative_to(pathlib.Path.cwd()))
    except ValueError:
        return str(path)


def run(command, show=True):
    command = [str(part) for part in command]
    if show:
        print("$ " + shlex.join(shown(part) for part in command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stdout)
        sys.exit(f"demo: {command[0]} ended with status {done.returncode}")
    return done.stdout


def title(text):
    print(f"\n== {text}", flush=True)


def measure(tools, library):
    out = run([tools / "quant-run", library, "--inputs", TEST, "--repeat", "200", "--json"])
    return json.loads(out)


def report(rows):
    print(f"\n{'':14}{'accuracy':>10}{'file':>12}{'latency':>12}")
    for name, result, path in rows:
        latency = result["latency_us"]["median"]
        print(f"{name:14}{result['top1']:10.2%}{path.stat().st_size:10,} B{latency:9.1f} us")


def write_raw_samples(path):
    data = np.load(TEST)
    images = data["image"].reshape(len(data["labels"]), -1).astype("<f4")
    np.hstack([images, data["labels"][:, None].astype("<f4")]).tofile(path)


def classify_in_c(tools, work, target, compiler, launcher):
    folder = work / target
    folder.mkdir(exist_ok=True)
    run([tools / "quant-compile", MODEL, "--calibration", CALIBRATION, "--target", target,
         "--emit", "static", "-o", folder / "digits.a"])
    program = folder / "classify"
    run([*compiler, "-O2", f"-I{folder}", EXAMPLE, folder / "digits.a", "-o", program])
    out = run([*launcher, program, work / "test.raw"])
    print(out, end="")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    args = parser.parse_args()
    tools, work = args.bin.resolve(), args.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    title("compile the float model twice: as it is, and quantized to int8")
    exact, small = work / "digits_float.so", work / "digits.so"
    run([tools / "quant-compile", MODEL, "--scheme", "float32", "-o", exact])
    run([tools / "quant-compile", MODEL, "--calibration", CALIBRATION, "-o", small])

    title("score both on 500 digits that neither training nor calibration saw")
    rows = [("float library", measure(tools, exact), exact),
            ("int8 library", measure(tools, small), small)]
    report(rows)
    print(f"\nthe .tflite file: {MODEL.stat().st_size:,} B")
    drop = rows[0][1]["top1"] - rows[1][1]["top1"]
    if drop > 0.01:
        sys.exit(f"demo: int8 loses {drop:.2%} of accuracy, more than it should")

    title("use it from a C program on this machine")
    write_raw_samples(work / "test.raw")
    host = classify_in_c(tools, work, "host", ["clang-22"], [])

    title("the same program for AArch64, run by qemu")
    cross = ["clang-22", "--target=aarch64-linux-gnu", "-fuse-ld=lld-22", "-static"]
    arm = classify_in_c(tools, work, "aarch64-linux-gnu", cross, ["qemu-aarch64", "-cpu", "max"])

    if host != arm:
        sys.exit("demo: the two machines do not agree")
    print("\nboth machines give the same bits")


if __name__ == "__main__":
    main()
