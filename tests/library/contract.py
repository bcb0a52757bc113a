#!/usr/bin/python3
"""contract.py LIBRARY INCLUDE CC: the shared library is what the public headers say, no less, no more.

Every function that a header declares is exported, nothing else is, and each header compiles alone.
Prints TAP.
"""
import pathlib
import re
import subprocess
import sys
from functools import partial

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
from tap import Tests, equal  # noqa: E402

LIBRARY, INCLUDE, CC = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
HEADERS = sorted((INCLUDE / 'waybill').glob('*.h'))


def declared():
    text = '\n'.join(re.sub(r'/\*.*?\*/', '', h.read_text(), flags=re.S) for h in HEADERS)
    text = re.sub(r'\btypedef\b[^;{]*;', '', text)  # the type of a function is none
    return set(re.findall(r'\b(waybill_\w+)\(', text))


def exported():
    """Of the dynamic symbols those that are defined here; the map's version is no function."""
    lines = subprocess.run(['nm', '-D', '--defined-only', LIBRARY], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.splitlines()
    return {line.split()[2].partition('@')[0] for line in lines if line.split()[1] != 'A'}


def compiles_alone(header):
    source = f'#include <waybill/{header.name}>\nint alone(void);\n'
    run = subprocess.run([*CC, '-std=c17', '-Wall', '-Wextra', '-Werror', '-fsyntax-only',
                          f'-I{INCLUDE}', '-xc', '-'], input=source, text=True, check=False)
    equal(run.returncode, 0, 'status of the compiler')


def same_functions():
    return declared() - exported(), exported() - declared()


tests = Tests()
tests.add('every declared function is exported, and nothing else',
          lambda: equal(same_functions(), (set(), set()), 'missing and surplus'))
for header in HEADERS:
    tests.add(f'{header.name} compiles alone', partial(compiles_alone, header))
sys.exit(tests.run())
