#!/usr/bin/python3
"""malformed.py WAYBILL: broken mail, list posts and ordinary mail, each verified and signed.

What comes out matters little here; that something proper comes out does: an exit status of the
command's contract, UTF-8 without control characters, JSON that a strict parser takes, and a
message that is the one that went in, with a signature on top that verifies. Prints TAP.
"""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor

from harness import Tests, Waybill, Workshop, corpus, dkim_results, equal

NOW = 1600000000
DOMAIN = 'author.example'
ORDINARY = 12  # of the ordinary messages every so many-th is taken

# Statuses of design 4 that a message can bring about.
VERIFIED = (0, 65)
SIGNED = (0, 1, 65)

# What neither a terminal nor a field may be given.
CONTROL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]')


def messages():
    """(name, path) of every file of the sets: a licence is as good a broken message as any."""
    for name, every in (('malformed', 1), ('maillist', 1), ('perf-mail', ORDINARY)):
        folder = corpus(name)
        for file in sorted(f for f in folder.rglob('*') if f.is_file())[::every]:
            yield f'{name}/{file.relative_to(folder)}', file


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    equal(sorted(keys), sorted(set(keys)), 'members of an object')
    return dict(pairs)


def no_constant(text):
    raise AssertionError(f'{text} is not JSON')


def mbox_line(message):
    """The line in front of the header that an mbox has: a signer leaves it on top."""
    return message.find(b'\n') + 1 if message.startswith(b'From ') else 0


class Judge:
    def __init__(self, waybill, workshop):
        self.waybill = waybill
        self.key = workshop.folder / 'key.pem'
        record = waybill.new_key(self.key, 'ed25519')
        self.dns = workshop.answers('dns.json', {f's._domainkey.{DOMAIN}': [record]})

    def run(self, statuses, *arguments, message):
        run = self.waybill.run(*arguments, '--dns', self.dns, '--now', NOW, message=message)
        said = run.stderr.decode()  # a sanitizer's report, a sentence of ours
        assert run.returncode in statuses, f'{arguments}: status {run.returncode}: {said}'
        equal((said == '', run.stdout != b''), (run.returncode == 0,) * 2, 'errors and output')
        assert not CONTROL.search(said), f'{arguments}: {said!r}'
        return run.returncode, run.stdout

    def verify(self, message):
        for style in 'text', 'ar':
            _, out = self.run(VERIFIED, 'verify', '--format', style, message=message)
            assert not CONTROL.search(out.decode()), f'{style} has control characters: {out!r}'
        status, out = self.run(VERIFIED, 'verify', '--format', 'json', message=message)
        if status == 0:
            json.loads(out.decode(), object_pairs_hook=no_duplicates, parse_constant=no_constant)

    def sign(self, message):
        status, out = self.run(SIGNED, 'sign', '--dkim', '--domain', DOMAIN,
                               '--key', f's={self.key}', message=message)
        if status != 0:
            return
        top, added = mbox_line(message), len(out) - len(message)
        assert out[:top] + out[top + added:] == message, 'the message itself has changed'
        record = self.waybill.verify(out, self.dns, NOW)
        equal(dkim_results(record)[0], 'pass', 'our own signature')

    def judge(self, file):
        message = file.read_bytes()
        self.verify(message)
        self.sign(message)


def main():
    tests = Tests()
    with Workshop('malformed') as workshop, ThreadPoolExecutor() as pool:
        judge = Judge(Waybill(sys.argv[1]), workshop)
        for name, file in messages():
            tests.add(name, pool.submit(judge.judge, file).result)
        return tests.run()


if __name__ == '__main__':
    sys.exit(main())
