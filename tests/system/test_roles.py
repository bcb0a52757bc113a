#!/usr/bin/python3
"""test_roles.py BUILD: what a listener is for and what it may do, through Postfix and Sendmail that
reach waybilld by sockets in their roots: refusing, quarantine, signing for customers, and for
recipients of whom one is hidden. Prints TAP."""

import re
import shutil
import sys
from base64 import b64encode
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from harness import (MTAS, Client, Message, Postfix, Sink, Site, Tests, equal, require,
                     show, text, within)
from servers.roots import GROUPS
from stage import NOW, RSA, Daemon, answers, judge, waybill

BUILD = Path(sys.argv[1]).resolve()
ROLES = {'enforce': 'preset = receiver mode = enforce own = 198.51.100.1',
         'provide': 'preset = provider domain = provider.example',
         'sign': 'preset = originator'}
CONFIGURATION = """
authserv-id = mx.example.org
workers = 2
keys = FOLDER/keys
"""
CUSTOMERS = {'anna': 'bakery.example', 'bert': 'dairy.example'}
KEYLESS = {'carl': 'cellar.example'}
SIGNERS = *CUSTOMERS.values(), 'provider.example', 'example.org'
UNREACHABLE = 'away.example', '_dmarc.away.example'
PASSWORD = 'flour'


class World:
    """waybilld, with a socket for each role in the root of each MTA."""

    def __init__(self, site, sink):
        self.site, self.sink, self.command = site, sink, waybill(BUILD)
        sockets = {role: f'/run/waybill/{role}.sock' for role in ROLES}
        self.mtas = {kind: server(site, sink, sockets) for kind, server in MTAS.items()}
        self.answers = site.folder / 'answers.json'
        self.answers.write_text(answers(self.zone(), UNREACHABLE))
        self.daemon = self.serve(sockets)
        for user in {**CUSTOMERS, **KEYLESS}:
            self.mtas['sendmail'].add_user(user, PASSWORD)
        for mta in self.mtas.values():
            mta.start()
        # One that gives the other message by message, as the log says.
        self.splitting = Postfix(site, SimpleNamespace(port=self.mtas['postfix'].ports['sign']),
                                 {'in': None}, {'smtp_destination_recipient_limit': '1'},
                                 'postfix-splitting').start()

    def zone(self):
        key = self.site.folder / 'rsa.pem'
        key.touch(mode=0o600)
        key.write_text(RSA.read_text())
        record = self.command.key_record(key)
        zone = {f'r2026._domainkey.{domain}': [('TXT', record)] for domain in SIGNERS}
        for domain, policy in ('strict.example', 'reject'), ('soft.example', 'quarantine'):
            zone[domain] = [('TXT', 'v=spf1 -all')]
            zone[f'_dmarc.{domain}'] = [('TXT', f'v=DMARC1; p={policy}')]
        return zone

    def serve(self, sockets):
        folders = [mta.root / 'run/waybill' for mta in self.mtas.values()]
        for folder in folders:
            folder.mkdir()
        listeners = [
            f'listener "{kind}-{role}" {{ socket = "unix:{mta.root}{sockets[role]}" {keys} }}\n'
            for kind, mta in self.mtas.items() for role, keys in ROLES.items()]
        keys = ''.join(f'{domain} r2026 rsa.pem\n' for domain in SIGNERS)
        daemon = Daemon(BUILD / 'waybilld', CONFIGURATION + ''.join(listeners),
                        {'keys': keys, 'rsa.pem': RSA.read_text()},
                        ['--dns', self.answers, '--now', NOW])
        for socket in (socket for folder in folders for socket in folder.iterdir()):
            shutil.chown(socket, None, GROUPS['postfix'])  # as if it were in the group of its user
        return daemon

    def session(self, kind, role, user=None):
        """With an MTA, as a user who has authenticated; of Postfix it is claimed that he has."""
        claims = {'LOGIN': user} if user and kind == 'postfix' else {}
        client = Client(self.site, self.mtas[kind].ports[role], **claims)
        if user and kind == 'sendmail':
            client.login(user, PASSWORD)
        return client

    def submit(self, kind, role, message, user=None):
        """Gives what the MTA replied."""
        with self.session(kind, role, user) as client:
            return client.submit(message.sender, message.recipients, message.octets)

    def pass_on(self, kind, role, message, user=None):
        """Gives the one delivery that came of it."""
        code, reply = self.submit(kind, role, message, user)
        equal(code, 250, f'reply ({reply})')
        [delivery] = self.sink.take()
        return delivery

    def line(self, kind, role):
        """The last line of the log of a listener."""
        return self.daemon.lines(f' listener={kind}-{role} ')[-1]

    def tell(self):
        self.site.tell()
        show('waybilld', self.daemon.log())


def of(domain, sender=None):
    """A message whose author is there."""
    return Message(text(b'Flour, water, salt.\r\n', From=f'Ann <ann@{domain}>'),
                   sender or f'ann@{domain}')


# --- a receiver that enforces --------------------------------------------------------------------


def refused(world, kind):
    """The client is told, and may go on; nobody else hears of it."""
    with world.session(kind, 'enforce') as client:
        message = of('strict.example')
        code, reply = client.submit(message.sender, message.recipients, message.octets)
        equal(code, 550, 'code')
        within('5.7.1 rejected per DMARC policy of strict.example', reply, 'reply')
        message = of('elsewhere.example')
        equal(client.submit(message.sender, message.recipients, message.octets)[0], 250, 'code')
    [delivery] = world.sink.take()
    within(b'dmarc=none', delivery.octets, 'what arrived')
    world.mtas[kind].wait_until_empty()


def on_hold(world, kind):
    """It waits for the postmaster, and comes once, judged, when he lets it go."""
    mta = world.mtas[kind]
    code, reply = world.submit(kind, 'enforce', of('soft.example'))
    equal(code, 250, f'reply ({reply})')
    equal(len(mta.held()), 1, 'messages on hold')
    within('decision=quarantine', world.line(kind, 'enforce'), 'the line')
    equal(world.sink.deliveries, [], 'deliveries')
    mta.release()
    [delivery] = world.sink.take()
    within(b'dmarc=fail', delivery.octets, 'what arrived')


def never_for_an_error(world, kind):
    delivery = world.pass_on(kind, 'enforce', of('away.example'))
    for result in b'spf=temperror', b'dmarc=temperror':
        within(result, delivery.octets, 'what arrived')
    assert b'=fail' not in delivery.octets, delivery.octets.decode()


# --- a provider ----------------------------------------------------------------------------------


def signs_for_customer(world, kind, user):
    """For the customer, who hands over to the provider, and for the provider himself."""
    domain = CUSTOMERS[user]
    delivery = world.pass_on(kind, 'provide', of(domain, 'bounces@provider.example'), user)
    record = judge(world.command, world.answers, delivery)
    equal([(s['domain'], s['result']) for s in record['dkim']['signatures']], [(domain, 'pass')],
          'DKIM')
    equal([(hop['domain'], hop.get('next-domain'), hop['result'])
           for hop in record['dkim2']['hops']],
          [(domain, 'provider.example', 'pass'), ('provider.example', None, 'pass')], 'hops')
    within(f' domain={domain} dkim=signed dkim2=signed ', world.line(kind, 'provide'), 'the line')


def unsigned(world, kind, domain, user, why):
    """It leaves as it is, and the line says why."""
    message = of(domain, 'bounces@provider.example')
    delivery = world.pass_on(kind, 'provide', message, user)
    assert delivery.octets.endswith(message.octets), delivery.octets.decode()
    equal(delivery.octets.startswith(b'Received:'), True, 'nothing but the trace is on top')
    within(why, world.line(kind, 'provide'), 'the line')


# --- recipients who must not see each other ------------------------------------------------------


BCC = Message(text(b'One of you is hidden.\r\n', From='Ann <ann@example.org>'), 'ann@example.org',
              ['bob@example.org', 'dave@example.org'])


def hidden_recipient(world, kind):
    delivery = world.pass_on(kind, 'sign', BCC)
    equal(re.findall(rb'^(DKIM2?-Signature):', delivery.octets, re.M), [b'DKIM-Signature'],
          'signatures')
    line = world.line(kind, 'sign')
    within('dkim2-why="rt= would show', line, 'the line')
    within('_destination_recipient_limit=1', line, 'the line')


def hidden_recipient_apart(world):
    """With the setting that the line names each has a hop of his own, and sees no other."""
    with Client(world.site, world.splitting.ports['in']) as client:
        equal(client.submit(BCC.sender, BCC.recipients, BCC.octets)[0], 250, 'code')
    deliveries = world.sink.take(2)
    equal(sorted(delivery.recipients for delivery in deliveries), [[r] for r in BCC.recipients],
          'recipients')
    for delivery in deliveries:
        equal(judge(world.command, world.answers, delivery)['dkim2']['result'], 'pass', 'DKIM2')
    [to_bob] = [d.octets for d in deliveries if d.recipients == ['bob@example.org']]
    for shown in b'dave@', b64encode(b'<dave@example.org>'):
        assert shown not in to_bob.replace(b'\r\n ', b''), to_bob.decode()


CASES = {
    'enforce: what fails is refused': refused,
    'enforce: quarantine': on_hold,
    'enforce: an error is no failure': never_for_an_error,
    **{f'provider: signs for {user} and for itself': partial(signs_for_customer, user=user)
       for user in CUSTOMERS},
    'provider: a customer without a key': partial(
        unsigned, domain='cellar.example', user='carl',
        why='domain=cellar.example dkim=unsigned dkim-why="no key for cellar.example" '
            'dkim2=unsigned'),
    'provider: who has not authenticated': partial(
        unsigned, domain='bakery.example', user=None, why='why="the client did not authenticate"'),
    'originator: a hidden recipient': hidden_recipient,
}


def main():
    require(BUILD, *MTAS)
    tests = Tests()
    with Site(BUILD) as site, Sink(site) as sink:
        world = World(site, sink)
        for name, test in CASES.items():
            for kind in MTAS:
                tests.add(f'{kind}: {name}', partial(test, world, kind))
        tests.add('postfix: originator: a hidden recipient, apart',
                  partial(hidden_recipient_apart, world))
        status = tests.run(world.tell)
        world.daemon.close()
        return status


if __name__ == '__main__':
    sys.exit(main())
