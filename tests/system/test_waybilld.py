#!/usr/bin/python3
"""test_waybilld.py BUILD [--write]: mail through Postfix and Sendmail with waybilld, and unbound
behind it.

Every header that arrives is compared with a golden file, position by position; times, ids and
addresses of the run are written alike. What waybilld signed is verified at the far end by dkimpy,
Mail::DKIM and the command. With --write the golden files are made anew. Prints TAP.
"""

import importlib.util
import json
import re
import sys
from functools import partial
from pathlib import Path

from harness import (MESSAGES, MTAS, TESTS, Client, Message, Sink, Site, Tests, equal,
                     require)
from servers.unbound import Unbound

sys.path += [str(TESTS / 'daemon'), str(TESTS / 'differential')]
import peers  # noqa: E402
from daemon import Daemon  # noqa: E402

BUILD = Path(sys.argv[1]).resolve()
WRITE = '--write' in sys.argv[2:]
GOLDEN = Path(__file__).resolve().parent / 'golden'
RSA = TESTS / 'differential' / 'rsa.pem'
NOW = 1795683600  # 2026-11-26 09:00 UTC
OURS, THEIRS = '192.0.2.1', '192.0.2.33'  # how golden files call the site and its client

CONFIGURATION = """
authserv-id = mx.example.org
resolver = "{resolver}"
workers = 2
keys = FOLDER/keys
journal = FOLDER/journal
site-key = FOLDER/site-key
listener "in" {{
    socket = "inet:{inbound}@{address}"
    preset = receiver
    own = {{ "198.51.100.0/24" }}
}}
listener "out" {{
    socket = "inet:{outbound}@{address}"
    preset = originator
}}
"""
KEYS = 'example.org r2026 rsa.pem\n'
CLIENT = {'ADDR': THEIRS, 'NAME': 'client.example'}
USER = {'ADDR': '203.0.113.77', 'NAME': 'laptop.example.org', 'LOGIN': 'bob'}


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


class Stage:
    """A site with everything: an MTA of each kind, waybilld, unbound and the far end."""

    def __init__(self, site, sink):
        self.site, self.sink = site, sink
        self.command = waybill()
        record = self.command.key_record(self.key())
        self.zone = {
            'author.example': [('TXT', f'v=spf1 ip4:{THEIRS} ip4:{site.client} -all')],
            '_dmarc.author.example': [('TXT', 'v=DMARC1; p=reject')],
            **{f'r2026._domainkey.{domain}': [('TXT', record)]
               for domain in ('author.example', 'example.org')},
        }
        self.unbound = Unbound(site, self.zone).start()
        ports = {'inbound': site.port(), 'outbound': site.port()}
        self.daemon = Daemon(BUILD / 'waybilld', CONFIGURATION.format(
            resolver=self.unbound.where, address=site.address, **ports),
            {'keys': KEYS, 'rsa.pem': RSA.read_text(), 'site-key': 'k' * 32},
            ['--now', str(NOW)])
        listeners = {'in': ports['inbound'], 'ORIGINATING': ports['outbound']}
        self.mtas = {kind: server(site, sink, listeners).start() for kind, server in MTAS.items()}
        self.answers = site.folder / 'answers.json'
        self.answers.write_text(json.dumps({'waybill-dns': 1, 'default': 'nxdomain', 'answers': [
            {'name': name, 'type': kind, 'status': 'answered', 'data': [value]}
            for name, records in self.zone.items() for kind, value in records]}))
        self.peers = self.far_end(record)

    def key(self):
        file = self.site.folder / 'rsa.pem'
        file.touch(mode=0o600)
        file.write_text(RSA.read_text())
        return file

    def far_end(self, record):
        keys = peers.Keys(RSA, None, b'', {'r2026._domainkey.example.org': record}, NOW)
        return [peers.Dkimpy(keys, None), peers.MailDkim(keys, self.site.folder, 'perl')]

    def signed_by_author(self, message):
        """With the author's DKIM signature on top."""
        return self.command.sign(message.octets, '--dkim', '--domain', 'author.example', '--key',
                                 f'r2026={self.site.folder / "rsa.pem"}', '--now', NOW)

    def pass_on(self, kind, daemon, message, octets):
        """Sends through an MTA; gives what arrived, one a delivery."""
        mta = self.mtas[kind]
        claims = {} if kind == 'sendmail' else CLIENT if daemon == 'in' else USER
        with Client(self.site, mta.ports[daemon], **claims) as client:
            code, reply = client.submit(message.sender, message.recipients, octets,
                                        *message.options)
        equal(code, 250, f'reply ({reply})')
        [delivery] = self.sink.take()
        equal(sorted(delivery.recipients), sorted(message.recipients), 'recipients')
        return delivery.octets

    def close(self):
        for peer in self.peers:
            peer.close()
        self.daemon.close()


def waybill():
    """The command, as the other suites call it; their module has the name of ours."""
    file = TESTS / 'conformance' / 'harness.py'
    spec = importlib.util.spec_from_file_location('conformance_harness', file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Waybill(BUILD / 'waybill')


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
        stage = Stage(site, sink)
        for messages, test in (INBOUND, inbound), (OUTBOUND, outbound):
            for name, message in messages.items():
                for kind in message.mtas:
                    tests.add(f'{kind}: {test.__name__}: {name}',
                              partial(test, stage, name, kind, message))
        status = tests.run()
        if status:
            site.tell()
            print(''.join(f'# waybilld: {line}\n' for line in stage.daemon.lines()[-40:]))
        stage.close()
        return status


if __name__ == '__main__':
    sys.exit(main())
