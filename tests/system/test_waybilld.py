#!/usr/bin/python3
"""test_waybilld.py BUILD [--write]: mail through Postfix and Sendmail with waybilld, and unbound
behind it.

Every header that arrives is compared with a golden file, position by position; times, ids and
addresses of the run are written alike. What waybilld signed is verified at the far end by dkimpy,
Mail::DKIM and the command. With --write the golden files are made anew. Prints TAP.
"""

import json
import re
import sys
from functools import partial
from pathlib import Path

from harness import MESSAGES, MTAS, Message, Sink, Site, Tests, equal, require
from stage import NOW, OURS, THEIRS, Stage

BUILD = Path(sys.argv[1]).resolve()
WRITE = '--write' in sys.argv[2:]
GOLDEN = Path(__file__).resolve().parent / 'golden'


def outward(message):
    """The message from Bob to Alice and whoever else it was for."""
    def swap(address):
        local, _, domain = address.partition('@')
        return f'{local}@{"author.example" if domain == "example.org" else "example.org"}'
    octets = re.sub(rb'@(author\.example|example\.org)', lambda m: b'@' + (
        b'example.org' if m[1] == b'author.example' else b'author.example'), message.octets)
    return Message(octets, swap(message.sender), list(map(swap, message.recipients)),
                   message.options, message.mtas)


FORGED = Message(b'Authentication-Results: mx.example.org; dkim=pass header.d=bank.example\r\n'
                 b'Authentication-Results: elsewhere.example; spf=pass\r\n' +
                 MESSAGES['a short message'].octets)
INBOUND = {**MESSAGES, 'forged results': FORGED}
OUTBOUND = {name: outward(message) for name, message in MESSAGES.items()}

# What differs from run to run, and how it is written.
MASKS = [
    (rb'\bid (?:[0-9A-F]{9,15}|\w{14})\b', b'id QUEUEID'),
    (rb'\w{3}, [ \d]\d \w{3} \d{4} \d\d:\d\d:\d\d (?:\+0000 \(UTC\)|GMT)', b'DATE'),
    (rb'\bn=[\w+/=-]+;', b'n=...;'),  # of DKIM2, whose signature covers it
    (rb'(s=r2026:rsa-sha256:)[\w+/=\s]+;', rb'\1 ...;'),
]


def masked(octets, site):
    octets = octets.replace(site.address.encode(), OURS.encode())
    octets = octets.replace(site.client.encode(), THEIRS.encode())
    for pattern, wanted in MASKS:
        octets = re.sub(pattern, wanted, octets)
    return octets


def split(octets):
    header, _, body = octets.partition(b'\r\n\r\n')
    return header + b'\r\n', body


def compare(stage, name, kind, arrived, octets):
    """The header with its golden file, the body with what was sent."""
    header, body = split(arrived)
    equal(len(body), len(split(octets)[1]), 'octets of the body')
    assert body == split(octets)[1], 'the body was changed'
    seen = masked(header, stage.site).replace(b'\r\n', b'\n')
    file = GOLDEN / f'{re.sub("[^A-Za-z0-9]+", "-", name)}.{kind}.txt'
    if WRITE:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(seen)
    assert seen == file.read_bytes(), f'{file.name}:\n{seen.decode()}'


def inbound(stage, name, kind, message):
    octets = stage.signed_by_author(message)
    compare(stage, f'in {name}', kind, stage.pass_on(kind, 'in', message, octets), octets)


def outbound(stage, name, kind, message):
    arrived = stage.pass_on(kind, 'ORIGINATING', message, message.octets)
    compare(stage, f'out {name}', kind, arrived, message.octets)
    for peer in stage.peers:
        equal(peer.verify(arrived), ['pass'], f'what {peer.name} says')
    run = stage.command.run('verify', '--format', 'json', '--dns', stage.answers, '--now', NOW,
                            '--mail-from', message.sender,
                            *[word for r in message.recipients for word in ('--rcpt-to', r)],
                            message=arrived)
    record = json.loads(run.stdout)
    equal([s['result'] for s in record['dkim']['signatures']], ['pass'], 'what waybill says')
    hidden = name == 'Bcc'
    equal(record['dkim2']['result'], 'none' if hidden else 'pass', 'what waybill says of DKIM2')


def main():
    require(BUILD, *MTAS, 'unbound')
    tests = Tests()
    with Site(BUILD) as site, Sink(site) as sink:
        stage = Stage(BUILD, site, sink)
        for messages, test in (INBOUND, inbound), (OUTBOUND, outbound):
            for name, message in messages.items():
                for kind in message.mtas:
                    tests.add(f'{kind}: {test.__name__}: {name}',
                              partial(test, stage, name, kind, message))
        status = tests.run(stage.tell)
        stage.close()
        return status


if __name__ == '__main__':
    sys.exit(main())
