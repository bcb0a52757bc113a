"""The whole of a site: an MTA of each kind, waybilld, unbound, and whoever verifies at the far end."""

import json
import sys
from contextlib import contextmanager

from harness import MTAS, TESTS, Client, equal, show
from servers.unbound import Unbound
from support.command import waybill

sys.path += [str(TESTS / 'cli'), str(TESTS / 'daemon'), str(TESTS / 'differential')]
import peers  # noqa: E402
from daemon import Daemon, free_port, metrics_at  # noqa: E402, F401

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


class Stage:
    """A site with everything: an MTA of each kind, waybilld, unbound and the far end."""

    def __init__(self, build, site, sink):
        self.site, self.sink = site, sink
        self.command = waybill(build)
        record = self.command.key_record(self.key())
        self.zone = {
            'author.example': [('TXT', f'v=spf1 ip4:{THEIRS} ip4:{site.client} -all')],
            '_dmarc.author.example': [('TXT', 'v=DMARC1; p=reject')],
            **{f'r2026._domainkey.{domain}': [('TXT', record)]
               for domain in ('author.example', 'example.org')},
        }
        self.unbound = Unbound(site, self.zone).start()
        ports = {'inbound': site.port(), 'outbound': site.port()}
        self.daemon = Daemon(build / 'waybilld', CONFIGURATION.format(
            resolver=self.unbound.where, address=site.address, **ports),
            {'keys': KEYS, 'rsa.pem': RSA.read_text(), 'site-key': 'k' * 32},
            ['--now', str(NOW)])
        listeners = {'in': ports['inbound'], 'ORIGINATING': ports['outbound']}
        self.mtas = {kind: server(site, sink, listeners).start() for kind, server in MTAS.items()}
        self.answers = site.folder / 'answers.json'
        self.answers.write_text(answers(self.zone))
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

    def submit(self, kind, daemon, message, octets):
        """Sends through an MTA; gives its reply."""
        mta = self.mtas[kind]
        claims = {} if kind == 'sendmail' else CLIENT if daemon == 'in' else USER
        with Client(self.site, mta.ports[daemon], **claims) as client:
            return client.submit(message.sender, message.recipients, octets, *message.options)

    def pass_on(self, kind, daemon, message, octets):
        """Sends through an MTA; gives what arrived, in one delivery."""
        code, reply = self.submit(kind, daemon, message, octets)
        equal(code, 250, f'reply ({reply})')
        [delivery] = self.sink.take()
        equal(sorted(delivery.recipients), sorted(message.recipients), 'recipients')
        return delivery.octets

    def tell(self):
        """Shows all logs, as comments in TAP."""
        self.site.tell()
        show('waybilld', self.daemon.log())

    def close(self):
        for peer in self.peers:
            peer.close()
        self.daemon.close()


@contextmanager
def impatient(daemon):
    """Within its block waybilld waits a second for answers: for those that never come."""
    file = daemon.folder / 'waybill.conf'
    usual = file.read_text()
    file.write_text('deadline = 1\n' + usual)
    daemon.reload()
    try:
        yield
    finally:
        file.write_text(usual)
        daemon.reload()


def answers(zone, failing=()):
    """A file for --dns. The zone is as that of Unbound; what is asked of a failing name fails."""
    return json.dumps({'waybill-dns': 1, 'default': 'nxdomain', 'answers': [
        *({'name': name, 'type': kind, 'status': 'answered', 'data': [value]}
          for name, records in zone.items() for kind, value in records),
        *({'name': name, 'type': 'TXT', 'status': 'servfail'} for name in failing)]})


def judge(command, file, delivery):
    """What waybill makes of a delivery by a file of answers: its record."""
    envelope = ['--mail-from', delivery.sender,
                *[word for r in delivery.recipients for word in ('--rcpt-to', r)]]
    run = command.run('verify', '--format', 'json', '--dns', file, '--now', NOW, *envelope,
                      message=delivery.octets)
    equal(run.returncode, 0, f'status of verify ({run.stderr})')
    return json.loads(run.stdout)
