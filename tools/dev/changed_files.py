# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which files a change touches."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def git(*args):
    run = subprocess.run(["git", "-c", f"safe.directory={ROOT}", *args], cwd=ROOT,
                         capture_output=True, text=True)
    return run.stdout.split() if run.returncode == 0 else None


def base_commit():
    """Where the branch left origin/main; on main itself, the commit before."""
    head, base = git("rev-parse", "HEAD"), git("merge-base", "HEAD", "origin/main")
    if base and base != head:
        return base[0]
    parent = git("rev-parse", "HEAD~1")
    return parent[0] if parent else None


def changed(suffixes):
    """Tracked or new files with one of the suffixes that differ from the base."""
    base = base_commit()
    names = git("diff", "--name-only", "--diff-filter=d", base) if base else []
    names = set(names or []) | set(git("ls-files", "-o", "--exclude-standard") or [])
    return sorted(n for n in names if n.endswith(tuple(suffixes)) and (ROOT / n).exists())


def tracked(suffixes):
    names = git("ls-files", "-co", "--exclude-standard") or []
    return sorted(n for n in names if n.endswith(tuple(suffixes)) and (ROOT / n).exists())
