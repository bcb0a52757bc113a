#!/usr/bin/python3
"""test_resolver.py BUILD: mail through Postfix while answers of the DNS take long, come too late, or
are lies. Messages do not wait for each other, all are delivered, and none says of itself what is not
so. Prints TAP."""

import struct
import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from harness import (Client, Postfix, Sink, Site, Tests, equal, require, show, text,
                     wait_until, within)
from stage import NOW, Daemon, answers, free_port, impatient, metrics_at
from dns_server import (CNAME, NOERROR, NXDOMAIN, REFUSED, SERVFAIL, TXT, labels, pack_name,
                        pack_txt, rcode, silence)
from servers.dns import Resolver

BUILD = Path(sys.argv[1]).resolve()
AT_ONCE = 50
DELAYS = 4000, 60000  # milliseconds; the second where the machine is too slow for the first
CONFIGURATION = """
authserv-id = mx.example.org
resolver = "{resolver}"
workers = 2
metrics = "127.0.0.1:{metrics}"
listener "in" {{ socket = "inet:{port}@{address}" preset = receiver own = 198.51.100.1 }}
"""
ANYBODY, NOBODY = 'v=spf1 +all', 'v=spf1 -all'
MANY = [f'author{number}.example' for number in range(AT_ONCE)]
HONEST, LATE, HALF_HEARD, UNHEARD = (f'{name}.example' for name in (
    'honest', 'late', 'half', 'unheard'))
RECIPIENTS = ['bob@example.org']


# --- lies ----------------------------------------------------------------------------------------
# Of a domain that nobody sends for. Whoever believes one lets the sender pass.


def false_record(query):
    """For SPF, or for DMARC."""
    return ANYBODY.encode() if query.key[0] != b'_dmarc' else b'v=DMARC1; p=none'


def reply(query, owner=b'\xc0\x0c', data=None):
    return query.reply(NOERROR, [(owner, TXT, pack_txt(false_record(query)) if data is None else
                                  data)])


def of_another_id(query, _):
    octets = reply(query)
    return bytes([octets[0] ^ 0xff]) + octets[1:]


def of_another_question(query, _):
    name = pack_name(labels('elsewhere.example'))
    return reply(query).replace(query.question, name + query.question[-4:], 1)


def of_another_owner(query, _):
    return reply(query, pack_name(labels('elsewhere.example')))


def of_another_type(query, _):
    return query.reply(NOERROR, [(b'\xc0\x0c', 99, pack_txt(false_record(query)))])


def garbage(query, _):
    return query.id + b'\x81\x80' + b'\xff' * 300


def nothing_but_the_head(query, _):
    return reply(query)[:12]


def cut(query, _):
    return reply(query)[:-4]


def string_beyond_the_record(query, _):
    return reply(query, data=b'\xff' + false_record(query))


def name_that_never_ends(query, _):
    here = 12 + len(query.question)
    return reply(query, struct.pack('>H', 0xc000 | here))


def alias_of_itself(query, _):
    return query.reply(NOERROR, [(b'\xc0\x0c', CNAME, b'\xc0\x0c')])


def cut_over_tcp_too(query, over_tcp):
    return cut(query, over_tcp) if over_tcp else query.reply(truncated=True)


# Name -> the lie, and what is to be said of SPF and of DMARC.
NONE, ERROR = b'none', b'temperror'
LIES = {
    'another question': (of_another_question, ERROR),
    'another owner': (of_another_owner, NONE),
    'another type': (of_another_type, NONE),
    'garbage': (garbage, ERROR),
    'nothing but the head': (nothing_but_the_head, ERROR),
    'a cut record': (cut, ERROR),
    'a string beyond its record': (string_beyond_the_record, ERROR),
    'a name that never ends': (name_that_never_ends, ERROR),
    'an alias of itself': (alias_of_itself, ERROR),
    'truncated, and cut over TCP': (cut_over_tcp_too, ERROR),
    'SERVFAIL': (rcode(SERVFAIL), ERROR),
    'REFUSED': (rcode(REFUSED), ERROR),
    'NXDOMAIN': (rcode(NXDOMAIN), NONE),
}


# --- the world -----------------------------------------------------------------------------------


def domain_of(lie):
    return lie.replace(' ', '-').replace(',', '').lower() + '.example'


class World:
    """Postfix, waybilld and a resolver."""

    def __init__(self, site, sink):
        self.site, self.sink, self.metrics = site, sink, free_port()
        self.records = {domain_of(name): NOBODY for name in LIES}
        self.records |= {domain: ANYBODY for domain in [*MANY, HONEST, LATE, HALF_HEARD, UNHEARD]}
        self.records |= {f'_dmarc.{domain}': 'v=DMARC1; p=reject' for domain in [*self.records]}
        self.resolver = Resolver(self.records, {
            UNHEARD: of_another_id, f'_dmarc.{HALF_HEARD}': silence,
            **{domain_of(name): lie for name, (lie, _) in LIES.items()}})

    def __enter__(self):
        self.resolver.__enter__()
        port = self.site.port()
        self.daemon = Daemon(BUILD / 'waybilld', CONFIGURATION.format(
            resolver=self.resolver.address, port=port, metrics=self.metrics,
            address=self.site.address), {}, ['--now', NOW])
        self.mta = Postfix(self.site, self.sink, {'in': port}).start()
        return self

    def __exit__(self, *_):
        self.daemon.close()
        self.resolver.__exit__()

    @contextmanager
    def slow_file(self, milliseconds):
        """waybilld has its answers from a file, each so much later."""
        file = self.daemon.write('answers', answers(
            {name: [('TXT', record)] for name, record in self.records.items()}))
        usual = self.daemon.options
        self.restart([*usual, '--dns', file, '--dns-delay', milliseconds])
        try:
            yield
        finally:
            self.restart(usual)

    def restart(self, options):
        self.daemon.stop()
        self.daemon.options = list(map(str, options))
        self.daemon.start()

    def lines(self):
        """Those of messages."""
        return self.daemon.lines(' listener=in ')

    def gauge(self, name):
        return metrics_at(self.metrics)[f'waybill_{name}_messages']

    def pass_on(self, author, sender=None):
        """Sends a message; gives what arrived of it."""
        with Client(self.site, self.mta.ports['in']) as client:
            code, reply = client.submit(f'ann@{sender or author}', RECIPIENTS, message(author))
        equal(code, 250, f'reply ({reply})')
        [delivery] = self.sink.take()
        return delivery.octets

    def tell(self):
        self.site.tell()
        show('waybilld', self.daemon.log())


def message(author):
    return text(b'Flour, water, salt.\r\n', From=f'Ann <ann@{author}>')


def says(octets, spf, dmarc):
    for result in b'spf=' + spf + b' ', b'dmarc=' + dmarc + b' ':
        within(result, octets, 'what arrived')


# --- answers that take long ----------------------------------------------------------------------


class Burst:
    """As many messages at once; within its block all of them is sent but the last dot."""

    def __init__(self, world):
        self.world = world

    def __enter__(self):
        self.sessions = ExitStack()
        self.clients = []
        for author in MANY:
            client = self.sessions.enter_context(Client(self.world.site, self.world.mta.ports['in']))
            client.mail(f'ann@{author}')
            client.rcpt(*RECIPIENTS)
            client.expect(354, client.docmd('DATA'))
            client.send(message(author))
            self.clients.append(client)
        return self

    def end(self):
        """All at the same moment."""
        for client in self.clients:
            client.send(b'.\r\n')

    def __exit__(self, *_):
        self.sessions.close()

    def arrives(self):
        for client in self.clients:
            client.expect(250, client.getreply())
        deliveries = self.world.sink.take(AT_ONCE)
        equal({d.sender for d in deliveries}, {f'ann@{author}' for author in MANY}, 'senders')
        for delivery in deliveries:
            says(delivery.octets, b'pass', b'pass')
        equal((self.world.gauge('waiting'), self.world.gauge('open')), (0, 0), 'messages')


def at_once_from_a_file(world):
    """Each answer has a timer of its own in the loop. Before the first is due all wait."""
    def all_wait(milliseconds):
        with world.slow_file(milliseconds), Burst(world) as burst:
            before, most = len(world.lines()), 0
            burst.end()
            while most < AT_ONCE and len(world.lines()) == before:
                most = max(most, world.gauge('waiting'))
            burst.arrives()
            return most == AT_ONCE
    assert any(map(all_wait, DELAYS)), f'never did {AT_ONCE} messages wait'


def at_once_by_libunbound(world):
    """What is asked when the header ends is answered when all messages wait for it."""
    with Burst(world) as burst:
        with world.resolver.silent():
            burst.end()
            wait_until(lambda: world.gauge('waiting') == AT_ONCE, f'{AT_ONCE} waiting messages')
            equal(world.gauge('open'), AT_ONCE, 'open messages')
            equal(world.sink.deliveries, [], 'deliveries')
        burst.arrives()


def too_late(world):
    """What was open is said to be open, whatever comes afterwards; and it is asked again."""
    with impatient(world.daemon), world.resolver.silent():
        says(world.pass_on(LATE), ERROR, ERROR)
    within('spf=temperror spf-why="no answer in time"', world.lines()[-1], 'the line')
    says(world.pass_on(LATE), b'pass', b'pass')


def half_too_late(world):
    """What is known stays known."""
    says(world.pass_on(HONEST), b'pass', b'pass')
    with impatient(world.daemon):
        says(world.pass_on(HALF_HEARD, HONEST), b'pass', ERROR)


def another_id(world):
    """Nobody asked for it: it is no answer."""
    with impatient(world.daemon):
        says(world.pass_on(UNHEARD), ERROR, ERROR)


def lie(world, name):
    _, result = LIES[name]
    says(world.pass_on(domain_of(name)), result, result)
    within(f' spf={result.decode()} ', world.lines()[-1], 'the line')


CASES = {
    f'{AT_ONCE} messages at once, by a slow file': at_once_from_a_file,
    f'{AT_ONCE} messages at once, by libunbound': at_once_by_libunbound,
    'answers come too late': too_late,
    'some answers never come': half_too_late,
    'a lie: another id': another_id,
    **{f'a lie: {name}': partial(lie, name=name) for name in LIES},
}


def main():
    require(BUILD, 'postfix')
    tests = Tests()
    with Site(BUILD) as site, Sink(site) as sink, World(site, sink) as world:
        tests.add_all(CASES, world)
        return tests.run(world.tell)


if __name__ == '__main__':
    sys.exit(main())
