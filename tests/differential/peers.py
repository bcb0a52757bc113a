"""The other implementations, each with some of the same few calls.

    sign(message, how)        the DKIM-Signature field, with its CRLF
    verify(message)           a word or two on each signature, top first; "pass" is good
    seal(message, at, cv)     the fields of an ARC set
    chain(message)            a word or two on the chain: "pass", "none", or what is wrong
"""

import importlib.util
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class How:
    """What a signature is to be like."""
    selector: str
    domain: str
    algorithm: str
    header: str  # "simple" or "relaxed", so too `body`
    body: str
    length: bool  # with l= over the whole body
    names: tuple  # of h=, From first


@dataclass(frozen=True)
class Keys:
    """Private keys in the forms that peers want, and what the DNS holds: name -> text."""
    rsa: Path  # PEM of PKCS #1
    ed25519: Path  # PEM of PKCS #8
    ed25519_seed: bytes  # base64
    records: dict
    now: int  # the time of every signature


class Absent(Exception):
    """The peer is not installed."""


class Refused(Exception):
    """The peer does not sign such a message."""


class Process:
    """A peer in a process of its own; opendkim_peer.c says how they speak."""

    def __init__(self, *command):
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, message, *words):
        to, back = self.process.stdin, self.process.stdout
        to.write(b'%s\n%d\n' % (' '.join(words).encode(), len(message)) + message)
        to.flush()
        octets = back.readline()
        if not octets:
            raise RuntimeError(f'the peer ended with status {self.process.wait()}')
        answer = back.read(int(octets))
        if answer.startswith(b'error'):
            raise RuntimeError(answer.decode(errors='replace'))
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def write_records(folder, records):
    file = folder / 'records.txt'
    file.write_text(''.join(f'{name}\t{text}\n' for name, text in records.items()))
    return file


class Peer:
    """What most of them have in common."""

    algorithms = ('rsa-sha256', 'ed25519-sha256')
    lengths = (False, True)
    deserves = ('pass', None)  # our verdict on what it signs, and our reason

    def close(self):
        pass


class Dkimpy(Peer):
    """python3-dkim, in this process."""

    name = 'dkimpy'

    def __init__(self, keys, _):
        for module in ('dkim', 'nacl', 'authres'):
            if not importlib.util.find_spec(module):
                raise Absent(f'python3-{module} is not installed')
        import dkim
        self.dkim = dkim
        self.dkim.time = SimpleNamespace(time=lambda: keys.now)
        self.rsa = keys.rsa.read_bytes()
        self.keys = {'rsa-sha256': self.rsa, 'ed25519-sha256': keys.ed25519_seed}
        self.records = {name: text.encode() for name, text in keys.records.items()}

    def find_record(self, name, timeout=None):
        text = name.decode() if isinstance(name, bytes) else name
        return self.records.get(text.rstrip('.').lower())

    def sign(self, message, how):
        signer = self.dkim.DKIM(message)
        signer.should_not_sign = set()
        return signer.sign(how.selector.encode(), how.domain.encode(), self.keys[how.algorithm],
                           signature_algorithm=how.algorithm.encode(), length=how.length,
                           canonicalize=(how.header.encode(), how.body.encode()),
                           include_headers=[name.encode() for name in how.names])

    def verify(self, message):
        try:
            verifier = self.dkim.DKIM(message)
        except self.dkim.DKIMException as error:
            return [repr(error)]
        n = sum(name.lower() == b'dkim-signature' for name, _ in verifier.headers)
        return [self.verify_one(message, i) for i in range(n)]

    def verify_one(self, message, i):
        try:
            good = self.dkim.DKIM(message).verify(i, dnsfunc=self.find_record)
            return 'pass' if good else 'fail'
        except Exception as error:  # its own and those it lets through
            return repr(error)

    def seal(self, message, at, cv):
        return b''.join(self.dkim.arc_sign(message, at.selector.encode(), at.domain.encode(),
                                           self.rsa, at.domain.encode()))

    def chain(self, message):
        try:
            cv, _, reason = self.dkim.arc_verify(message, dnsfunc=self.find_record)
        except Exception as error:
            return repr(error)
        return (cv or b'none').decode() if cv in (b'pass', b'none', None) else f'fail ({reason})'


class MailDkim(Peer):
    """libmail-dkim-perl, one process for all messages. This Debian's has no Ed25519."""

    name = 'Mail::DKIM'
    algorithms = ('rsa-sha256',)
    lengths = (False,)

    def __init__(self, keys, folder, perl=None):
        if not perl or subprocess.run([perl, '-MMail::DKIM', '-e1'], stderr=subprocess.DEVNULL,
                                      check=False).returncode:
            raise Absent('libmail-dkim-perl is not installed')
        self.peer = Process(perl, HERE / 'mail_dkim_peer.pl', keys.rsa,
                            write_records(folder, keys.records), keys.now)
        self.close = self.peer.close

    def sign(self, message, how):
        return self.peer.ask(message, 'sign', how.selector, how.domain,
                             f'{how.header}/{how.body}', ':'.join(how.names))

    def verify(self, message):
        return self.peer.ask(message, 'verify').decode(errors='replace').splitlines()

    def seal(self, message, at, cv):
        return self.peer.ask(message, 'seal', at.selector, at.domain, cv)

    def chain(self, message):
        return self.peer.ask(message, 'chain').decode(errors='replace')


class OpenDkim(Peer):
    """libopendkim, one process for all messages: the program is opendkim_peer.c."""

    name = 'libopendkim'

    def __init__(self, keys, folder, program=None):
        if not program:
            raise Absent('libopendkim-dev is not installed')
        self.peer = Process(program, keys.rsa, keys.ed25519, write_records(folder, keys.records),
                            keys.now)
        self.close = self.peer.close

    def sign(self, message, how):
        """It names each field as often as it stands, or once more, and takes names as patterns."""
        if how.algorithm == 'ed25519-sha256':
            # Of such a signature with a simple header it hashes a fold that it does not write, and
            # does not verify it itself.
            how = replace(how, header='relaxed')
        once = [name for name in dict.fromkeys(how.names) if re.fullmatch(r'[\w.-]+', name)]
        over = [name for name in once if how.names.count(name) > 1]
        return self.peer.ask(message, 'sign', how.selector, how.domain, how.algorithm, how.header,
                             how.body, 'length' if how.length else '-', ':'.join(once),
                             ':'.join(over) or '-')

    def verify(self, message):
        return self.peer.ask(message, 'verify').decode(errors='replace').splitlines()


class OpenDkimTestmsg(Peer):
    """opendkim-testmsg, a process for each message; to verify, it would ask the DNS."""

    name = 'opendkim-testmsg'
    algorithms = ('rsa-sha256',)
    lengths = (False,)
    deserves = ('policy', 'rsa-sha1 proves nothing any more')  # it knows no other: RFC 8301
    program = '/usr/sbin/opendkim-testmsg'

    def __init__(self, keys, *_):
        if not Path(self.program).exists():
            raise Absent('opendkim-tools is not installed')
        self.key = keys.rsa

    def sign(self, message, how):
        """Names and canonical forms are its own choice; it prints the whole message."""
        run = subprocess.run([self.program, '-C', '-d', how.domain, '-s', how.selector, '-k',
                              self.key], input=message, capture_output=True, check=False)
        if b'Syntax error' in run.stderr:
            raise Refused('it counts fields as RFC 5322 section 3.6 does')
        if run.returncode or not run.stdout.endswith(message):
            raise RuntimeError(f'status {run.returncode}: {run.stderr.decode()}')
        return run.stdout[:-len(message)]
