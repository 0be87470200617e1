#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes small .tflite files from a test's text and imports each.

A test file holds cases; `//--- NAME [options of quant-translate]` starts one. The lines of
a case (everything from a '#' on is a comment, where the CHECK lines live):

    tensor NAME TYPE SHAPE [KEY=VALUE]...   a tensor; SHAPE is 1x2x3, or "scalar"
    in A B / out A B                        the graph's inputs and outputs
    op CODE A,B -> C [OptionsTable] [JSON]  an operator; '-' is an absent operand
    set PATH JSON                           overwrites any field: subgraphs.0.tensors.1.type
    behind BUFFER                           moves the data of a buffer behind the flatbuffer
    bytes FIRST HEX / cut SIZE              changes the finished file
    raw HEX                                 the whole file

Keys of a tensor: `data=1,2` or `fill=X` (a constant), `scale=S,..` `zp=Z,..` `axis=N`
(quantization), `signature=-1,2`. flatc writes the file by the importer's own schema. What
quant-translate says about each case goes to standard output under `=== NAME: exit N`. With
--refused, quant-compile must refuse every case instead: one error, exit status 2, no file.
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

FORMATS = {"f32": "f", "f16": "e", "i8": "b", "u8": "B", "i16": "h", "i32": "i", "i64": "q",
           "bool": "?"}
TYPES = {"f32": "FLOAT32", "f16": "FLOAT16", "bf16": "BFLOAT16", "f64": "FLOAT64", "i4": "INT4",
         "i8": "INT8", "u8": "UINT8", "i16": "INT16", "i32": "INT32", "i64": "INT64",
         "bool": "BOOL", "string": "STRING"}


class Model:
    def __init__(self):
        self.names = {}
        self.codes = []
        self.behind = []
        self.graph = {"tensors": [], "inputs": [], "outputs": [], "operators": []}
        self.json = {"version": 3, "operator_codes": self.codes, "subgraphs": [self.graph],
                     "description": "a test", "buffers": [{}]}

    def tensor(self, name, kind, shape, *pairs):
        options = dict(pair.split("=", 1) for pair in pairs)
        dims = [] if shape == "scalar" else [int(size) for size in shape.split("x")]
        entry = {"name": name, "type": TYPES[kind], "shape": dims, "buffer": 0}
        count = 1
        for size in dims:
            count *= size
        values = None
        number = float if kind in ("f32", "f16") else int
        if "fill" in options:
            values = [number(options["fill"])] * count
        elif "data" in options:
            values = [number(v) for v in options["data"].split(",") if v]
        if values is not None:
            data = struct.pack(f"<{len(values)}{FORMATS[kind]}", *values)
            entry["buffer"] = len(self.json["buffers"])
            self.json["buffers"].append({"data": list(data)})
        if "scale" in options:
            scales = [float(s) for s in options["scale"].split(",")]
            points = [int(z) for z in options["zp"].split(",")] if "zp" in options else []
            entry["quantization"] = {"scale": scales, "zero_point": points,
                                     "quantized_dimension": int(options.get("axis", 0))}
        if "signature" in options:
            entry["shape_signature"] = [int(d) for d in options["signature"].split(",")]
        self.names[name] = len(self.graph["tensors"])
        self.graph["tensors"].append(entry)

    def index(self, name):
        return -1 if name == "-" else int(name[1:]) if name[0] == "@" else self.names[name]

    def operator(self, text):
        match = re.fullmatch(r"(\S+) (\S*) ?-> (\S+)(?: (\w+Options))?(?: (\{.*\}))?", text)
        code, inputs, outputs, table, options = match.groups()
        entry = {"opcode_index": len(self.codes),
                 "inputs": [self.index(name) for name in inputs.split(",") if name],
                 "outputs": [self.index(name) for name in outputs.split(",") if name]}
        if code.startswith("CUSTOM:"):
            self.codes.append({"builtin_code": "CUSTOM", "deprecated_builtin_code": 32,
                               "custom_code": code[7:]})
        else:
            self.codes.append({"builtin_code": int(code) if code.isdigit() else code})
        if table:
            entry["builtin_options_type"] = table
            entry["builtin_options"] = json.loads(options or "{}")
        elif options:
            entry.update(json.loads(options))
        self.graph["operators"].append(entry)

    def set(self, path, value):
        at = self.json
        *folders, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        for key in folders:
            at = at[key]
        if value == "null":
            del at[last]
        else:
            at[last] = json.loads(value)


    def write(self, path, schema):
        source = path.with_suffix(".json")
        text = json.dumps(self.json).replace("NaN", "nan").replace("Infinity", "inf")
        source.write_text(text)
        subprocess.run(["flatc", "-b", "--raw-binary", "-o", path.parent, schema, source],
                       check=True)

    def write_behind(self, path, schema):
        """Puts data behind the flatbuffer, whose size does not depend on the offsets."""
        data = bytearray()
        blocks = [bytes(self.json["buffers"][index].pop("data")) for index in self.behind]
        for start in (2, None):
            if start is None:
                start = (path.stat().st_size + 15) // 16 * 16
            data.clear()
            for index, block in zip(self.behind, blocks):
                self.json["buffers"][index].update(offset=start + len(data), size=len(block))
                data += block
            self.write(path, schema)
        path.write_bytes(path.read_bytes().ljust(start, b"\0") + data)


def write(lines, path, schema):
    model, patches = Model(), []
    for line in lines:
        line = re.sub(r"\s*#.*", "", line).strip()
        if not line:
            continue
        verb, _, rest = line.partition(" ")
        words = rest.split()
        if verb == "tensor":
            model.tensor(*words)
        elif verb == "op":
            model.operator(rest)
        elif verb in ("in", "out"):
            model.graph[verb + "puts"] = [model.index(name) for name in words]
        elif verb == "set":
            model.set(*rest.split(" ", 1))
        elif verb == "behind":
            model.behind.append(int(rest))
        elif verb in ("bytes", "cut", "raw"):
            patches.append((verb, words))
        else:
            raise ValueError(f"unknown line: {line}")
    if model.behind:
        model.write_behind(path, schema)
    elif not (patches and patches[0][0] == "raw"):
        model.write(path, schema)
    for verb, words in patches:
        data = bytearray() if verb == "raw" else bytearray(path.read_bytes())
        if verb == "raw":
            data = bytearray.fromhex("".join(words))
        elif verb == "cut":
            del data[int(words[0]):]
        else:
            patch = bytes.fromhex("".join(words[1:]))
            data[int(words[0]):int(words[0]) + len(patch)] = patch
        path.write_bytes(data)


def run(case, folder, args):
    name, options, lines = case
    path = folder / f"{name}.tflite"
    write(lines, path, args.schema)
    done = subprocess.run([args.tool, "--import-tflite", *options, str(path)], check=False,
                          capture_output=True, text=True, timeout=60)
    errors = done.stderr.replace(str(folder) + "/", "")
    return f"=== {name}: exit {done.returncode}\n{errors}{done.stdout}"


def refuse(case, folder, args):
    """What is wrong with the way in which quant-compile refuses a case, or ''."""
    name, _, lines = case
    path, out = folder / f"{name}.tflite", folder / f"{name}.out"
    out.mkdir()
    write(lines, path, args.schema)
    done = subprocess.run(["quant-compile", path, "--scheme", "float32", "-o", out / "m.so"],
                          check=False, capture_output=True, text=True, timeout=60)
    errors = done.stderr.splitlines()
    if done.returncode != 2:
        return f"{name}: exit {done.returncode}, expected 2\n"
    if len(errors) != 1 or not errors[0].startswith("error: ") or path.name not in errors[0]:
        return f"{name}: expected one error that names the file, got {errors}\n"
    left = list(out.iterdir())
    return f"{name}: left {left}\n" if left else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--tool", default="quant-translate")
    parser.add_argument("--keep", type=pathlib.Path, help="folder to leave the files in")
    parser.add_argument("--refused", action="store_true", help="check quant-compile instead")
    args = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[4]
    args.schema = root / "lib" / "Import" / "TFLite" / "schema.fbs"
    cases = []
    for line in args.file.read_text().splitlines():
        if line.startswith("//--- "):
            name, *options = line[6:].split()
            cases.append((name, options, []))
        elif cases:
            cases[-1][2].append(line)
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            if args.refused:
                faults = "".join(pool.map(lambda case: refuse(case, folder, args), cases))
                print(f"{len(cases)} files refused")
                sys.exit(faults or 0)
            for text in pool.map(lambda case: run(case, folder, args), cases):
                print(text)


if __name__ == "__main__":
    main()
