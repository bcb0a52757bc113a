"""The world of a journey: the author's provider, two list hosts, a university that forwards, and the
receiver, each a host with its own MTA and waybilld; one resolver for all; and an inbox where
nothing is judged. List hosts and the university are made as the manual says."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path += [str(TESTS), str(TESTS / 'daemon')]
from servers import network, roots  # noqa: E402
from servers.client import Client  # noqa: E402
from servers.host import Waybilld  # noqa: E402
from servers.network import INTERNET, RESOLVER  # noqa: E402
from servers.postfix_host import PostfixHost  # noqa: E402
from servers.sendmail_host import SendmailHost  # noqa: E402
from servers.sink import Sink  # noqa: E402
from servers.site import Site, show, wait_until  # noqa: E402, F401
from servers.unbound import Unbound  # noqa: E402
from support.command import waybill  # noqa: E402
from support.tap import Tests, equal, within  # noqa: E402, F401

import postmaster  # noqa: E402
from daemon import read_page  # noqa: E402

MTAS = {'postfix': PostfixHost, 'sendmail': SendmailHost}
NUMBERS = {'author.example': 10, 'lists.example': 20, 'bakers.example': 25, 'uni.example': 30,
           'home.example': 40}
ENDS = 'author.example', 'home.example'  # whose Postfix has one instance
STRANGER = RESOLVER  # an address of nobody whom a host knows
ELSEWHERE = 'elsewhere.example'  # is there, where mail is taken that has seven bits alone
ALSO = 'also.example'  # another name of the inbox
INBOX = 'inbox.example'  # mail for it comes to the sink at once
SELECTOR = 'r2026'
SMTP, METRICS = 25, 9091
SHOW_METRICS = f'''from urllib.request import urlopen
print(urlopen('http://127.0.0.1:{METRICS}/metrics').read().decode(), end='')'''
RECIPES = 'waybill_recipes_total{outcome="made"}'

COMMON = f"""
resolver = {RESOLVER}
metrics = 127.0.0.1:{METRICS}
workers = 1
keys = FOLDER/keys
site-key = FOLDER/site-key
journal = FOLDER/journal
spool = FOLDER/spool
"""
AUTHOR = COMMON + f"""
listener "out" {{ socket = "unix:SOCKETS/originator.sock" preset = originator
                  own = {{ 127.0.0.0/8, {INTERNET} }} }}
"""
LISTS = COMMON + """
authserv-id = DOMAIN
listener "list-in" { socket = "unix:SOCKETS/list-in.sock" preset = list-in lists = DOMAIN }
listener "list-out" { socket = "unix:SOCKETS/list-out.sock" preset = list-out %s }
"""
UNI = COMMON + """
authserv-id = uni.example
listener "uni-in" { socket = "unix:SOCKETS/list-in.sock" preset = forwarder-in }
listener "uni-out" { socket = "unix:SOCKETS/list-out.sock" preset = forwarder-out %s }
"""
HOME = COMMON + """
authserv-id = home.example
trust = FOLDER/trust
override = custody
rule "custody" { reported = dkim2 }
listener "in" { socket = "unix:SOCKETS/receiver.sock" preset = receiver mode = enforce }
"""
TRUST = 'lists.example signer\nbakers.example signer\nuni.example signer\n'

BODY = b'Flour, water, salt.\r\n'
TOKEN = re.compile(rb'^X-Waybill-Transit:[^\r\n]*', re.M)


def post(to, body=BODY, sender='alice@author.example'):
    """A message of hers, or of who claims to be another."""
    return (f'From: {sender}\r\nTo: {to}\r\nSubject: Bread\r\n'
            'Date: Thu, 26 Nov 2026 09:00:00 +0000\r\n'
            'Message-ID: <bread@author.example>\r\n\r\n').encode() + body


def hops(record):
    """Who signed, hop by hop, and what became of it."""
    return [(hop['domain'], hop['result']) for hop in record['dkim2']['hops']]


def missing(build, *kinds):
    """Makes the roots; says why there can be no hosts here."""
    why = roots.missing_right() or network.missing_right()
    try:
        for kind in () if why else ('unbound', 'host', *kinds):
            roots.make(Path(build) / 'servers', kind)
    except OSError as error:
        why = f'a root for {kind} cannot be made: {error}'
    return why


def enter(build, *kinds):
    """Goes on in a network of the test's own; where it cannot be had, the test ends here, skipped."""
    if why := missing(build, *kinds):
        print(f'1..0 # SKIP {why}')
        sys.exit(0)
    network.enter()


class World:
    """Hosts of these domains. `seal` is what those that pass mail on say of ARC, and `mta` makes
    them. Ends with its block."""

    def __init__(self, build, domains=tuple(NUMBERS), seal='seal = yes', mta=PostfixHost):
        self.build, self.site, self.domains = build, Site(build), domains
        self.seal, self.mta = seal, mta
        self.command = waybill(build)
        self.hosts, self.daemons = {}, {}

    def __enter__(self):
        self.site.__enter__()
        self.sink = Sink(self.site, at=(INTERNET, SMTP))
        self.old_sink = Sink(self.site, extensions=(), at=(STRANGER, SMTP))
        self.keys = {domain: self.site.folder / f'{domain}.pem' for domain in self.domains}
        self.zone = {INBOX: [('A', INTERNET)], ELSEWHERE: [('A', STRANGER)],
                     ALSO: [('CNAME', f'{INBOX}.')],
                     '_dmarc.author.example': [('TXT', 'v=DMARC1; p=reject')]}
        for domain, file in self.keys.items():
            self.zone.update(self.records(domain, self.command.new_key(file, 'rsa')))
        self.resolver = Unbound(self.site, self.zone, at=RESOLVER).start()
        self.answers = self.site.folder / 'answers.json'
        self.answers.write_text(json.dumps({'waybill-dns': 1, 'default': 'nxdomain', 'answers': [
            {'name': name, 'type': kind, 'status': 'answered', 'data': [value]}
            for name, records in self.zone.items() for kind, value in records]}))
        for domain in self.domains:
            MAKE[domain](self)  # in this thread: a waybilld ends with the one that started it
        with ThreadPoolExecutor() as pool:
            for made in [pool.submit(PostfixHost.start if domain in ENDS else postmaster.follow, host)
                         for domain, host in self.hosts.items()]:
                made.result()
        return self

    def __exit__(self, kind, *rest):
        if kind:
            self.tell()
        for daemon in self.daemons.values():
            daemon.close()
        self.sink.__exit__()
        self.old_sink.__exit__()
        self.site.__exit__(None, *rest)

    def tell(self):
        self.site.tell()
        for domain, daemon in self.daemons.items():
            show(f'waybilld of {domain}', daemon.log())

    @staticmethod
    def records(domain, key):
        address = f'{network.PREFIX}.{NUMBERS[domain]}'
        return {domain: [('MX', f'10 mx.{domain}.'), ('TXT', f'v=spf1 ip4:{address} -all')],
                f'mx.{domain}': [('A', address)],
                f'{SELECTOR}._domainkey.{domain}': [('TXT', key)]}

    # --- hosts -----------------------------------------------------------------------------------

    def add(self, host, config, files=None):
        """The MTA is configured, and runs not yet; waybilld runs."""
        self.hosts[host.domain] = host
        self.daemons[host.domain] = Waybilld(host, self.build / 'waybilld', config, {
            'keys': f'{host.domain} {SELECTOR} key.pem\n',
            'key.pem': self.keys[host.domain].read_text(), 'site-key': host.domain * 4,
            **(files or {})})

    def end(self, domain, config, settings, files=None):
        self.add(PostfixHost(self.site, domain, NUMBERS[domain], settings), config, files)

    def middle(self, domain, config):
        host = self.mta(self.site, domain, NUMBERS[domain])
        self.add(host, config.replace('DOMAIN', domain) % self.seal)
        return host

    def author(self):
        self.end('author.example', AUTHOR, {
            'smtpd_milters': 'unix:/run/waybill/originator.sock',
            'disable_mime_output_conversion': 'yes'})

    def lists(self, domain):
        self.middle(domain, LISTS)

    def uni(self):
        host = self.middle('uni.example', UNI)
        host.add_alias('bob', 'bob@home.example')
        host.add_user('carol', '.forward', 'carol@home.example')

    def home(self):
        self.end('home.example', HOME, {
            'smtpd_milters': 'unix:/run/waybill/receiver.sock', 'mydestination': '',
            'relay_domains': 'home.example', 'local_recipient_maps': '',
            'relay_transport': f'smtp:[{INTERNET}]'}, {'trust': TRUST})

    # --- mail ------------------------------------------------------------------------------------

    def submit(self, octets, recipient, sender='alice@author.example', domain='author.example',
               source=INTERNET):
        """Sends to a host; gives its reply."""
        with Client(self.hosts[domain], SMTP, source=source) as client:
            return client.submit(sender, [recipient], octets)

    def post(self, octets, recipient, sink=None, **more):
        """Sends, and gives what arrived at the end of the journey."""
        code, reply = self.submit(octets, recipient, **more)
        equal(code, 250, f'reply ({reply})')
        [delivery] = (sink or self.sink).take()
        return delivery

    def line(self, domain, listener):
        """The last line of a listener's log about a message."""
        return self.daemons[domain].lines(f' listener={listener} ')[-1]

    def number(self, domain, series):
        """What a host's waybilld has counted."""
        run = subprocess.run([*self.hosts[domain].within, sys.executable, '-c', SHOW_METRICS],
                             text=True, capture_output=True, check=True)
        return read_page(run.stdout)[series]

    def record(self, domain):
        """The last line of a journal."""
        journal = self.daemons[domain].folder / 'journal'
        return json.loads(wait_until(lambda: journal.exists() and journal.read_text().splitlines(),
                                     f'the journal of {domain}')[-1])

    def judge(self, delivery, ip=INTERNET):
        """What waybill makes of a delivery: its record."""
        words = [w for r in delivery.recipients for w in ('--rcpt-to', r)]
        run = self.command.run('verify', '--format', 'json', '--dns', self.answers, '--ip', ip,
                               '--mail-from', delivery.sender, *words, message=delivery.octets)
        equal(run.returncode, 0, f'status of verify ({run.stderr})')
        return json.loads(run.stdout)

    def undone(self, delivery):
        """The message as its author sent it."""
        run = self.command.run('undo', '--instance', 1, message=delivery.octets)
        equal(run.returncode, 0, f'status of undo ({run.stderr})')
        return run.stdout

    def undo(self, delivery):
        """Its body."""
        return self.undone(delivery).partition(b'\r\n\r\n')[2]


MAKE = {'author.example': World.author, 'lists.example': partial(World.lists, domain='lists.example'),
        'bakers.example': partial(World.lists, domain='bakers.example'), 'uni.example': World.uni,
        'home.example': World.home}
