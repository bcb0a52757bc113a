#!/usr/bin/python3
"""mldsa44.py FOLDER TEST...: the tests of keys and of DKIM2 with a libcrypto that has ML-DSA-44.

The same binaries run under Debian 13's libc6 and libssl3t64, which come from where this machine has
its Debian 12 from, by a package list of this test's own and with the keys of debian-archive-keyring,
and are unpacked into the folder; nothing is installed. Prints TAP.
"""

import subprocess
import sys
from functools import partial
from pathlib import Path

from harness import Tests  # its import finds the folder of the next
from debian import Packages

PACKAGES = ['libc6', 'libssl3t64']
SECONDS = 120


def fetch(folder):
    """The root of the unpacked packages."""
    root = folder / 'root'
    if not (root / 'done').exists():
        root.mkdir(parents=True, exist_ok=True)
        packages = Packages(folder, 'trixie')
        packages.fetch(PACKAGES)
        packages.unpack(root)
        (root / 'done').touch()
    return root


def run(root, test):
    """Passes with the newer libraries, which have the algorithm."""
    own = next(root.glob('usr/lib/*/libcrypto.so.3')).parent
    loader = next(own.glob('ld-linux-*.so.*'))
    libraries = f'{own}:/usr/lib/{own.name}:/lib/{own.name}'
    done = subprocess.run([loader, '--library-path', libraries, test], capture_output=True, text=True,
                          timeout=SECONDS, check=False)
    assert done.returncode == 0, f'{done.stdout}{done.stderr}'
    if Path(test).name == 'test_dkim2_mldsa44':
        assert 'ML-DSA-44 is there' in done.stdout, f'it is not there: {done.stdout}'


def main():
    root = missing = None
    try:
        root = fetch(Path(sys.argv[1]))
    except (OSError, subprocess.SubprocessError) as error:
        missing = f'Debian 13 cannot be fetched: {error}'
    tests = Tests()
    for test in sys.argv[2:]:
        tests.add(f'{Path(test).name} under Debian 13',
                  partial(run, root, test) if root else lambda: missing)
    return tests.run()


if __name__ == '__main__':
    sys.exit(main())
