"""Tests that stand in a list run in its order and speak the Test Anything Protocol."""
import sys
import traceback
from functools import partial


class Tests:
    def __init__(self):
        self.all = []

    def add(self, name, function):
        self.all.append((name, function))

    def add_all(self, cases, *given):
        """Functions by their names, each to be given these."""
        for name, function in cases.items():
            self.add(name, partial(function, *given))

    def test(self, name):
        def keep(function):
            self.add(name, function)
            return function
        return keep

    def run(self, tell=None):
        """The exit status; `tell` is called after a failure, to say more."""
        failed = 0
        print(f"1..{len(self.all)}")
        for number, (name, function) in enumerate(self.all, 1):
            try:
                skipped = function()
                print(f"ok {number} - {name}" + (f" # SKIP {skipped}" if skipped else ""))
            except Exception as error:
                failed += 1
                print(f"not ok {number} - {name}")
                where = "" if isinstance(error, AssertionError) and error.args else \
                    traceback.format_exc()
                for line in f"{where}{error}".splitlines():
                    print(f"# {line}")
            sys.stdout.flush()
        if failed and tell:
            tell()
        return 1 if failed else 0


def equal(seen, wanted, what="value"):
    assert seen == wanted, f"{what} is {seen!r}, wanted {wanted!r}"


def within(part, whole, what="text"):
    assert part in whole, f"{what} {whole!r} lacks {part!r}"
