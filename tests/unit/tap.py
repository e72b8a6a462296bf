# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the test_* functions of a file and print TAP; load() fetches what is tested."""
import sys
import traceback
from importlib import machinery, util
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True


def load(path):
    """A Python file below the top, whatever it is called, as a module."""
    name = Path(path).name.split(".")[0]
    loader = machinery.SourceFileLoader(name, str(TOP / path))
    module = util.module_from_spec(util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def refused(error, call, *args, **more):
    """The text of the error that a call must raise."""
    try:
        call(*args, **more)
    except error as e:
        return str(e)
    raise AssertionError(f"{call.__name__} accepted {args}")


def run(names):
    tests = [(n, f) for n, f in names.items() if n.startswith("test_") and callable(f)]
    print(f"1..{len(tests)}")
    bad = 0
    for i, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {i} - {name}")
        except Exception:
            bad += 1
            print(f"not ok {i} - {name}")
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
    sys.exit(1 if bad else 0)
