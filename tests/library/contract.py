#!/usr/bin/python3
"""contract.py LIBRARY INCLUDE CC: the shared library is what the public headers say, no less, no more.

Every function that a header declares is exported, nothing else is, and each header compiles alone.
Prints TAP.
"""
import pathlib
import re
import subprocess
import sys

LIBRARY, INCLUDE, CC = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
HEADERS = sorted((INCLUDE / 'waybill').glob('*.h'))


def declared():
    text = '\n'.join(re.sub(r'/\*.*?\*/', '', h.read_text(), flags=re.S) for h in HEADERS)
    return set(re.findall(r'\b(waybill_\w+)\(', text))


def exported():
    """Of the dynamic symbols those that are defined here; the map's version is no function."""
    lines = subprocess.run(['nm', '-D', '--defined-only', LIBRARY], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.splitlines()
    return {line.split()[2].partition('@')[0] for line in lines if line.split()[1] != 'A'}


def compiles_alone(header):
    source = f'#include <waybill/{header.name}>\nint alone(void);\n'
    return subprocess.run([*CC, '-std=c17', '-Wall', '-Wextra', '-Werror', '-fsyntax-only',
                           f'-I{INCLUDE}', '-xc', '-'], input=source, text=True).returncode == 0


def main():
    missing, surplus = declared() - exported(), exported() - declared()
    cases = [('every declared function is exported', not missing, missing),
             ('nothing else is exported', not surplus, surplus)]
    cases += [(f'{h.name} compiles alone', compiles_alone(h), '') for h in HEADERS]
    print(f'1..{len(cases)}')
    for i, (name, fine, what) in enumerate(cases, 1):
        print(f'{"" if fine else "not "}ok {i} - {name}')
        if not fine and what:
            print('#', ' '.join(sorted(what)))
    return 0 if all(fine for _, fine, _ in cases) else 1


if __name__ == '__main__':
    sys.exit(main())
