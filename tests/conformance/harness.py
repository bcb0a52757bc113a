"""What the suites over whole messages share: the command, answers, keys, corpora, fields."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
CORPORA = TESTS.parent.parent / 'shared' / 'corpora'
sys.path.insert(0, str(TESTS / 'support'))
from tap import Tests, equal  # noqa: E402, F401

TIMEOUT = 60
FIELD = re.compile(rb'([^\r\n:]+?)[ \t]*:(.*?)\r?\n(?![ \t])', re.S)


def corpus(name):
    """The folder of a set; where it is absent, the test ends here, skipped."""
    folder = CORPORA / name
    if not folder.is_dir():
        print(f'1..0 # SKIP ../shared/corpora/{name} is absent')
        sys.exit(0)
    return folder


def crlf(octets):
    """Text with LF, as mail has it on the wire."""
    return octets.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')


def fields(message):
    """(name, value) of the fields of a header, as they stand, names in lower case."""
    header = re.split(rb'(?<=\n)\r?\n|^\r?\n', message, maxsplit=1)[0]
    return [(name.lower().decode('latin-1'), value) for name, value in FIELD.findall(header)]


class Workshop:
    """A folder of the test's own with answer files and keys; gone at its end unless it has to keep
    something."""

    def __init__(self, name):
        self.folder = Path(tempfile.mkdtemp(prefix=f'waybill-{name}-'))
        self.kept = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.kept:
            for file in self.folder.iterdir():
                file.unlink()
            self.folder.rmdir()

    def answers(self, name, zone):
        """A file for --dns. The zone: name -> status, or a list of TXT records."""
        answers = [{'name': key, 'type': 'TXT', 'status': value} if isinstance(value, str) else
                   {'name': key, 'type': 'TXT', 'status': 'answered', 'data': value}
                   for key, value in zone.items()]
        file = self.folder / name
        file.write_text(json.dumps({'waybill-dns': 1, 'default': 'nxdomain', 'answers': answers}))
        return file

    def key(self, name, text):
        """A private key that only its owner can read, or the command refuses it."""
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)
        return file

    def keep(self, name, octets):
        """Saves what a failure is about; its path is for the report."""
        self.kept = True
        file = self.folder / name
        file.write_bytes(octets)
        return file


class Waybill:
    """The command. What it says beside its answer must be empty, its status as asked."""

    def __init__(self, program):
        self.program = program

    def run(self, *arguments, message=b''):
        return subprocess.run([self.program, *map(str, arguments)], input=message, timeout=TIMEOUT,
                              capture_output=True, check=False)

    def verify(self, message, dns, now=0):
        """The record of a message."""
        run = self.run('verify', '--format', 'json', '--dns', dns, '--now', now, message=message)
        equal((run.returncode, run.stderr), (0, b''), 'status and errors of verify')
        return json.loads(run.stdout)

    def new_key(self, file, kind):
        """Makes a private key; gives the record that publishes it."""
        run = self.run('key', 'new', '--type', kind, '--out', file)
        equal(run.returncode, 0, 'status of key new')
        return run.stdout.decode().strip()

    def key_record(self, file):
        """The record that publishes a private key."""
        run = self.run('key', 'show', file)
        equal(run.returncode, 0, 'status of key show')
        return run.stdout.decode().strip()

    def sign(self, message, *arguments):
        """The signed message."""
        run = self.run('sign', *arguments, message=message)
        assert run.returncode == 0, f'sign: status {run.returncode}: {run.stderr!r}'
        return run.stdout


def dkim_results(record):
    """The results of a record's DKIM signatures, top first."""
    return [s['result'] for s in record['dkim']['signatures']]
