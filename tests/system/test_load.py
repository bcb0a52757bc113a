#!/usr/bin/python3
"""test_load.py BUILD: while mail flows through Postfix, waybilld is reloaded, stopped, killed, told
nonsense by peers, kept busy by idle ones, and cannot write its journal. No message is lost, none
comes twice, each is judged, and the log says what happened. Prints TAP."""

import json
import re
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from harness import (Client, Postfix, Sink, Site, Tests, equal, require, show, text, wait_until,
                     within)
from stage import NOW, Daemon, answers, free_port, metrics_at
from mta import Broken, Mta

BUILD = Path(sys.argv[1]).resolve()
SENDERS = 4
ENOUGH = 25  # messages, to have seen how they pass
UNDER_WAY = 60  # messages at most: what waits has to come in the end
IDLE, DESCRIPTORS = 2000, 8192
PAUSE = 0.01  # seconds, of a sender between messages
ID = re.compile(rb'^Message-ID: <(\d+)@', re.M)
RESULTS = re.compile(rb'^Authentication-Results: mx\d?\.example\.org;', re.M)
ZONE = {'author.example': [('TXT', 'v=spf1 ip4:127.0.0.0/8 -all')],
        '_dmarc.author.example': [('TXT', 'v=DMARC1; p=reject')]}
CONFIGURATION = """
authserv-id = mx.example.org
workers = 2
drain = 1
metrics = "127.0.0.1:{metrics}"
journal = FOLDER/disk/journal
site-key = FOLDER/site-key
listener "in" {{ socket = "inet:{port}@{address}" preset = receiver own = 198.51.100.1 }}
"""
SECOND = {'smtpd_error_sleep_time': '0'}  # it has errors, on purpose
FIRST = {'smtp_connection_cache_on_demand': 'no'}  # a session that lost its filter never finds it
DISK = 16 << 20  # octets
GARBAGE = {
    'a request for a page': b'GET / HTTP/1.0\r\n\r\n',
    'TLS': b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(500),
    'an empty packet': b'\0\0\0\0',
    'a packet of 2 GB': b'\x80\0\0\0O' + bytes(1 << 20),
    'a command that is none': b'\0\0\0\x01Z',
    'a short offer': b'\0\0\0\x05O\0\0\0\x06',
}


class OnItsDisk(Daemon):
    """Its journal is on a disk of its own, which it takes with it when it ends."""

    def command(self, *more):
        self.folder.joinpath('disk').mkdir(exist_ok=True)
        mount = f'mount -t tmpfs -o size={DISK} none {self.folder}/disk && exec "$@"'
        return ['unshare', '--mount', 'sh', '-c', mount, 'sh', *super().command(*more)]

    def disk(self):
        """As the daemon sees it."""
        return Path(f'/proc/{self.process.pid}/root{self.folder}/disk')

    def records(self):
        return [json.loads(line) for line in (self.disk() / 'journal').read_text().splitlines()]

    @contextmanager
    def disk_is_full(self):
        filler = self.disk() / 'filler'
        with suppress(OSError), filler.open('wb', 0) as file:
            while file.write(bytes(DISK)):
                pass
        yield
        filler.unlink()


class World:
    """A Postfix that takes mail, and tries as long as it takes to hand it to one with a filter."""

    def __init__(self, site, sink):
        self.site, self.sink, self.metrics, self.port = site, sink, free_port(), site.port()
        self.configuration = CONFIGURATION.format(metrics=self.metrics, port=self.port,
                                                  address=site.address)
        self.daemon = OnItsDisk(
            BUILD / 'waybilld', self.configuration, {'site-key': 'k' * 32, 'answers': answers(ZONE)},
            ['--dns', 'FOLDER/answers', '--now', NOW])
        self.second = Postfix(site, sink, {'in': self.port}, SECOND, 'postfix-second').start()
        self.first = Postfix(site, SimpleNamespace(port=self.second.ports['in']), {'in': None},
                             FIRST, 'postfix-first').start()

    def metric(self, name):
        return metrics_at(self.metrics)[f'waybill_{name}']

    def journal(self, outcome):
        """How many lines."""
        return self.metric(f'journal_lines_total{{outcome="{outcome}"}}')

    def connect(self):
        """As a mail server would."""
        return Mta((self.site.address, self.port))

    def tell(self):
        self.site.tell()
        show('waybilld', self.daemon.log())


class Flow:
    """Within its block mail flows. At its end all that was taken has come, once, and judged."""

    def __init__(self, world):
        self.world, self.taken, self.stop = world, 0, threading.Event()
        self.lock, self.failed = threading.Lock(), []
        self.senders = [threading.Thread(target=self.send) for _ in range(SENDERS)]

    def next(self):
        with self.lock:
            self.taken += 1
            return self.taken

    def send(self):
        try:
            while not self.stop.wait(PAUSE):
                if self.taken - len(self.world.sink.deliveries) >= UNDER_WAY:
                    continue
                with Client(self.world.site, self.world.first.ports['in']) as client:
                    code, reply = client.submit(
                        'alice@author.example', ['bob@example.org'],
                        text(b'Flour, water, salt.\r\n', Message_ID=f'<{self.next()}@x.example>'))
                    equal(code, 250, f'reply ({reply})')
        except Exception as error:
            self.failed.append(error)

    def __enter__(self):
        for sender in self.senders:
            sender.start()
        return self

    def __exit__(self, kind, *_):
        self.stop.set()
        for sender in self.senders:
            sender.join()
        if kind is None:
            equal(self.failed, [], 'failures')
            self.settle()
            self.check(self.world.sink.take(self.taken))
        self.world.sink.deliveries.clear()

    def retry(self):
        """What is to be tried again is, once nothing else is under way."""
        if self.world.first.is_idle() and self.world.first.deferred():
            self.world.first.flush()

    def settle(self):
        def nothing_waits():
            self.retry()
            return self.world.first.is_empty()
        wait_until(nothing_waits, 'an empty queue', self.world.first)
        self.world.second.wait_until_empty()

    def check(self, deliveries):
        ids = Counter(int(ID.search(delivery.octets)[1]) for delivery in deliveries)
        equal(ids, Counter(range(1, self.taken + 1)), 'what arrived')
        for delivery in deliveries:
            equal(len(RESULTS.findall(delivery.octets)), 1, 'results')
            within(b'dmarc=pass', delivery.octets, 'what arrived')

    def passes(self, name=b'mx'):
        """Until more has come through, judged by a filter of that name."""
        begins = b'Authentication-Results: %s.example.org;' % name
        before = len(self.world.sink.deliveries)

        def enough():
            self.retry()
            more = self.world.sink.deliveries[before:]
            return sum(d.octets.startswith(begins) for d in more) >= ENOUGH or self.failed
        wait_until(enough, f'{ENOUGH} messages')

    def waits(self):
        """Until some messages are to be tried again."""
        wait_until(lambda: len(self.world.first.deferred()) >= ENOUGH or self.failed,
                   f'{ENOUGH} deferred messages')


def reloads(world):
    """What is wrong is refused whole, what is right holds from then on."""
    daemon, renamed = world.daemon, world.configuration.replace('mx.', 'mx2.')
    with Flow(world) as flow:
        flow.passes()
        daemon.configure(renamed + 'nonsense = 1\n')
        daemon.reload()
        flow.passes()
        assert not any(b'mx2.example.org' in d.octets for d in world.sink.deliveries)
        daemon.configure(renamed)
        daemon.reload()
        flow.passes(b'mx2')
        daemon.configure(world.configuration)
        daemon.reload()
        flow.passes()
    line = renamed.count('\n') + 1
    [refusal] = daemon.lines('nonsense')
    within(f'waybill.conf:{line}: ', refusal, 'the line')
    equal([world.metric(f'reloads_total{{outcome="{outcome}"}}') for outcome in ('failed', 'done')],
          [1, 2], 'reloads')


def ends(world, number, status):
    """It comes back when many messages wait for it."""
    with Flow(world) as flow:
        flow.passes()
        equal(world.daemon.stop(number), status, 'status of waybilld')
        flow.waits()
        world.daemon.start()
        flow.passes()


def disk_is_full(world):
    """Lines of the journal are lost, whole ones, and counted; mail is not."""
    daemon = world.daemon
    daemon.stop()
    daemon.start()
    with Flow(world) as flow:
        flow.passes()
        with daemon.disk_is_full():
            flow.passes()
            wait_until(lambda: daemon.lines('lines cannot be written: make room'), 'a line')
        flow.passes()
        within('lost', wait_until(lambda: daemon.lines('lines are written again: '), 'a line')[0],
               'the line')
    wait_until(lambda: world.journal('written') + world.journal('dropped') == flow.taken,
               'a count of all lines')
    equal(len(daemon.records()), world.journal('written'), 'records')
    assert world.journal('dropped') >= ENOUGH, world.journal('dropped')


def garbage(world):
    """Who talks nonsense is hung up on; who says half of something may take his time."""
    before = world.metric('protocol_errors_total')
    with Flow(world) as flow:
        half = world.connect().negotiate()
        half.connect()
        half.helo()
        half.mail()
        half.socket.sendall(b'\0\0\1\0B' + b'x' * 20)
        for name, octets in GARBAGE.items():
            assert is_hung_up_on(world.connect(), octets), name
        flow.passes()
        half.close()
    equal(world.metric('protocol_errors_total') - before, len(GARBAGE), 'errors')
    equal(len(world.daemon.lines('error="milter protocol"')), len(GARBAGE), 'lines')


def is_hung_up_on(peer, octets):
    with suppress(OSError):  # while it still sends
        peer.socket.sendall(octets)
    try:
        peer.receive()
    except Broken as broken:
        return 'timed out' not in str(broken)
    return False


def idle(world):
    """Most have agreed on a protocol, some wait in mid-message, some have not said a word."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit[1] < DESCRIPTORS:
        return f'{limit[1]} descriptors are too few'
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, limit[1]))
    resource.prlimit(world.daemon.process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, limit[1]))
    with Flow(world) as flow:
        peers = [world.connect() for _ in range(IDLE)]
        for number, peer in enumerate(peers):
            if number % 10:
                peer.negotiate()
            if number % 10 > 7:
                peer.connect()
                peer.mail()
        assert world.metric('open_connections') >= IDLE
        flow.passes()
        for peer in peers:
            peer.close()
        flow.passes()
    wait_until(lambda: world.metric('open_connections') == 0, 'no open connections')
    equal(world.metric('open_messages'), 0, 'open messages')
    return None


CASES = {
    'reloads, of a broken file and of a good one': reloads,
    'it is stopped, and started': partial(ends, number=signal.SIGTERM, status=0),
    'it is killed, and started': partial(ends, number=signal.SIGKILL, status=-signal.SIGKILL),
    "the journal's disk is full": disk_is_full,
    'peers talk nonsense': garbage,
    f'{IDLE} idle connections': idle,
}


def main():
    require(BUILD, 'postfix')
    if subprocess.run(['unshare', '--mount', 'true'], capture_output=True, check=False).returncode:
        print('1..0 # SKIP a disk of its own needs CAP_SYS_ADMIN')
        return 0
    tests = Tests()
    with Site(BUILD) as site, Sink(site) as sink:
        world = World(site, sink)
        tests.add_all(CASES, world)
        status = tests.run(world.tell)
        world.daemon.close()
        return status


if __name__ == '__main__':
    sys.exit(main())
