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

from harness import Tests

SOURCE = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} trixie main\n'
PACKAGES = ['libc6', 'libssl3t64']
SECONDS = 120


def archive():
    """Where this machine has its own Debian 12 from."""
    run = subprocess.run(['apt-get', 'indextargets', '--format', '$(SITE) $(RELEASE)'],
                         capture_output=True, text=True, check=True)
    sites = [line.split()[0] for line in run.stdout.splitlines() if line.endswith(' bookworm')]
    if not sites:
        raise OSError('apt knows no archive of Debian 12')
    return sites[0]


def apt(folder, *arguments):
    options = {'Dir::Etc::SourceList': folder / 'sources.list', 'Dir::Etc::SourceParts': '-',
               'Dir::State': folder / 'state', 'Dir::State::Lists': folder / 'lists',
               'Dir::State::status': folder / 'status', 'Dir::Cache': folder / 'cache',
               'APT::Sandbox::User': '', 'Acquire::Retries': 3, 'Acquire::http::Timeout': 20}
    words = [word for name, value in options.items() for word in ('-o', f'{name}={value}')]
    return subprocess.run(['apt-get', '-q', *words, *arguments], cwd=folder, timeout=SECONDS,
                          capture_output=True, text=True, check=False)


def fetch(folder):
    """The root of the unpacked packages, or why there is none."""
    root = folder / 'root'
    if (root / 'done').exists():
        return root, None
    for part in ['state', 'lists/partial', 'cache/archives/partial', 'root']:
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / 'sources.list').write_text(SOURCE.format(archive()))
    (folder / 'status').touch()
    for arguments in ['update'], ['download', *PACKAGES]:
        run = apt(folder, *arguments)
        if run.returncode != 0:
            return None, (run.stderr.strip().splitlines() or ['apt-get failed'])[-1]
    for package in sorted(folder.glob('*.deb')):
        subprocess.run(['dpkg', '-x', package, root], check=True)
    (root / 'done').touch()
    return root, None


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
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        root, why = fetch(folder)
    except (OSError, subprocess.SubprocessError) as error:
        root, why = None, str(error)
    missing = None if root else f'Debian 13 cannot be fetched: {why}'
    tests = Tests()
    for test in sys.argv[2:]:
        tests.add(f'{Path(test).name} under Debian 13',
                  partial(run, root, test) if root else lambda: missing)
    return tests.run()


if __name__ == '__main__':
    sys.exit(main())
