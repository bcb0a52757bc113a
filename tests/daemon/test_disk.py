"""waybilld where its disk hangs: what needs no disk goes on, what does waits in bounded memory, and
leaves in time. Arguments: the paths of waybilld, waybill, slow_disk.so and limits.h."""
import fcntl
import os
import re
import select
import sys
import threading
import time
from pathlib import Path

from passing import CONFIG, POST, TOKEN, hand_over, site, tag_and_footer, verify
from daemon import free_port, metrics_at
from mta import Broken, Mta, apply, said
from tap import Tests, equal, within

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'cli'))
from dns_server import DnsServer, labels, txt  # noqa: E402

SLOW_DISK, LIMITS = sys.argv[3:5]
AT_ONCE, ROUNDS = 20, 6
HEAD = POST.partition(b'\r\n\r\n')[0] + b'\r\n\r\n'
LINE = b'Flour, water and salt; fold it twice an hour, then let it rest.\r\n'
LARGE, MIDDLE, SMALL = LINE * 160_000, LINE * 40_000, LINE  # 10 MB, and more than may wait
FOOTER = tag_and_footer(HEAD)[len(tag_and_footer(HEAD)) - len(b'-- \r\nTo leave: write to us\r\n'):]
LATE = 'the spool did not answer in time'
PATIENCE = 300  # seconds: nothing that has to come takes as long
ENVIRONMENT = {
    'LD_PRELOAD': SLOW_DISK, 'SLOW_DISK': 'FOLDER/spool', 'SLOW_DISK_GATE': 'FOLDER/gate',
    # A sanitizer wants to be loaded first; what it keeps of freed memory is none of the daemon's.
    'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') +
                    ':verify_asan_link_order=0:quarantine_size_mb=1'}
TOP = '''metrics = "127.0.0.1:%d"
resolver = %s
deadline = %d
'''

tests = Tests()


def test(function):
    tests.add(function.__name__.replace('_', ' '), function)
    return function


def limit(name):
    """The value of a limit of base/limits.h."""
    [text] = re.findall(rf'^#define {name} (.*)$', Path(LIMITS).read_text(), re.M)
    text = re.sub(r'LIMIT_\w+', lambda other: str(limit(other[0])), text)
    return eval(text.replace('(size_t)', ''), {})  # numbers and operators


def most_for_arrivals():
    """Octets: what may wait for the disk, and what a connection holds."""
    return AT_ONCE * (limit('LIMIT_SPOOL_PENDING') + limit('LIMIT_MILTER_HELD'))


def most_for_copies(octets):
    """The arrivals that are kept for more copies; one in hand, and three times a message for the
    difference (LIMIT_DIFF_LINES)."""
    return limit('LIMIT_DEPARTURES_OCTETS') + (1 + 3) * octets


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f'waited {PATIENCE} s for {what}'
        time.sleep(0.01)


class Gate:
    """Stands before the disk of a daemon, and is shut within its block."""

    def __init__(self, daemon):
        self.file = os.open(daemon.write('gate', ''), os.O_RDONLY)

    def __enter__(self):
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        fcntl.flock(self.file, fcntl.LOCK_UN)


class Site:
    """The site, with one worker, a resolver, and a gate before its disk."""

    def __init__(self, deadline=PATIENCE):
        self.deadline, self.port, self.strangers = deadline, free_port(), 0

    def __enter__(self):
        self.server = DnsServer({}).__enter__()
        self.daemon = site(start=False, environment=ENVIRONMENT)
        self.daemon.options = self.daemon.options[2:]  # the zone is the server's
        self.daemon.configure(TOP % (self.port, self.server.address, self.deadline) +
                              (CONFIG % ('', '')).replace('workers = 2', 'workers = 1'))
        self.serve(Path(self.daemon.path('zone')).read_text())
        self.gate = Gate(self.daemon)
        self.daemon.start()
        self.before = self.memory('VmRSS')
        return self

    def __exit__(self, *_):
        self.daemon.close()
        self.server.__exit__()

    def serve(self, zone):
        for name, strings in re.findall(r'^(\S+)\.\s[^"]*?((?:"[^"]*"[\s()]*)+)', zone, re.M):
            text = ''.join(re.findall('"([^"]*)"', strings))
            self.server.zone[labels(name)] = txt(text.encode())

    def memory(self, name):
        """Octets, as the kernel has them of the process."""
        status = Path(f'/proc/{self.daemon.process.pid}/status').read_text()
        return int(re.search(rf'^{name}:\s+(\d+) kB', status, re.M)[1]) * 1024

    def took_at_most(self, octets, name='VmHWM'):
        took = self.memory(name) - self.before
        assert took <= octets, f'{name} is {took >> 20} MB more, wanted at most {octets >> 20} MB'

    def metric(self, name):
        return metrics_at(self.port)[name]

    def talk(self):
        """To the one worker: it signs a message, and it asks the resolver for another's sender."""
        hand_over(self.daemon, 'author', HEAD + SMALL, '<alice@author.example>',
                  ['<cooks@lists.example>'])
        within('dkim2=signed', self.daemon.lines('listener=author ')[-1])
        self.strangers += 1
        stranger = f'stranger{self.strangers}.example'
        hand_over(self.daemon, 'list-in', HEAD + SMALL, f'<mallory@{stranger}>',
                  ['<bob@lists.example>'], '203.0.113.9')
        assert labels(stranger) in self.server.asked, f'{stranger} was not asked for'

    # --- many at once ----------------------------------------------------------------------------

    def signed(self, body):
        """The header of a post as its author's waybilld leaves it."""
        post = hand_over(self.daemon, 'author', HEAD + body, '<alice@author.example>',
                         ['<cooks@lists.example>'])
        return post[:-len(body)]

    def arriving(self, body, count=AT_ONCE):
        """A post at the list, so many times."""
        header = self.signed(body)
        return [Sender(self.daemon.path('list-in.sock'), header, body, '203.0.113.1',
                       '<alice@author.example>', '<cooks@lists.example>') for _ in range(count)]

    def leaving(self, headers, body):
        """What arrived, as the list sends it on."""
        return [Sender(self.daemon.path('list-out.sock'), tag_and_footer(h)[:-len(FOOTER)],
                       body + FOOTER, '127.0.0.1', '<cooks-bounces@lists.example>',
                       '<bob@uni.example>') for h in headers]

    def wait_until_held_up(self, senders):
        """Nothing is taken from any of them while the loop goes round in other conversations."""
        def held_up():
            sent = [sender.sent for sender in senders]
            full = all(sender.is_full() for sender in senders)
            self.talk()
            return full and min(sent) > 0 and sent == [sender.sent for sender in senders]
        wait_until(held_up, 'senders that are held up')
        assert max(s.sent for s in senders) < len(LARGE), 'a whole message was taken'

    def wait_for_waiting(self):
        wait_until(lambda: self.metric('waybill_waiting_messages') == AT_ONCE,
                   'messages that wait for the disk')


class Sender(threading.Thread):
    """A conversation that hands one message over. `header` is what the MTA has of it at the end."""

    def __init__(self, path, header, body, address, sender, recipient):
        super().__init__(daemon=True)
        self.mta = Mta(path, PATIENCE).negotiate()
        self.given, self.body = header, body
        self.address, self.sender, self.recipient = address, sender, recipient
        self.sent, self.answer = 0, None
        self.start()

    def run(self):
        try:
            self.hand_over()
        except (Broken, OSError) as error:
            self.answer = f'none: {error}'

    def hand_over(self):
        self.mta.connect(address=self.address)
        self.mta.helo('host.example')
        self.mta.mail(self.sender)
        self.mta.rcpt(self.recipient)
        self.mta.step('T')
        self.mta.header(self.given)
        for at in range(0, len(self.body), 65535):
            self.mta.body(self.body[at:at + 65535])
            self.sent = at + len(self.body[at:at + 65535])
        answers = self.mta.end()
        self.mta.close()
        self.header, self.answer = apply(self.given, answers), said(answers)[-1]

    def is_full(self):
        """Its socket takes no more."""
        return not select.select([], [self.mta.socket], [], 0)[1]


def join(senders):
    for sender in senders:
        sender.join(PATIENCE)
        equal(sender.answer, 'continue', 'answer')
    return [sender.header for sender in senders]


# --- the disk comes back -------------------------------------------------------------------------


@test
def while_the_disk_hangs_arrivals_wait_and_the_loop_goes_on():
    with Site() as there:
        with there.gate:
            arriving = there.arriving(LARGE)
            there.wait_until_held_up(arriving)
            equal(there.metric('waybill_open_messages'), AT_ONCE)
        for header in join(arriving):
            assert TOKEN.search(header), 'an arrival was not kept'
        there.took_at_most(most_for_arrivals())


@test
def while_the_disk_hangs_departures_wait_and_the_loop_goes_on():
    with Site() as there:
        arrived = join(there.arriving(LARGE))
        with there.gate:
            leaving = there.leaving(arrived, LARGE)
            there.wait_for_waiting()
            there.talk()
            equal(there.metric('waybill_waiting_messages'), AT_ONCE)
        for header in join(leaving):
            verify(there.daemon, header + LARGE + FOOTER, 'cooks-bounces@lists.example',
                   'bob@uni.example', '--require', 'dkim2')
        octets = len(header + LARGE + FOOTER)
        most = most_for_copies(octets)
        there.took_at_most(AT_ONCE * octets + most)  # each is whole until it has left
        there.took_at_most(most, 'VmRSS')
        equal(there.daemon.stop(), 0, 'status of waybilld')


@test
def copies_that_wait_for_one_arrival_have_one_recipe():
    with Site() as there:
        arrived = join(there.arriving(SMALL, 1))
        with there.gate:
            leaving = there.leaving(arrived * AT_ONCE, SMALL)
            there.wait_for_waiting()
        for header in join(leaving):
            verify(there.daemon, header + SMALL + FOOTER, 'cooks-bounces@lists.example',
                   'bob@uni.example', '--require', 'dkim2')
        equal(there.metric('waybill_recipes_total{outcome="made"}'), 1, 'recipes')


# --- it does not ---------------------------------------------------------------------------------


@test
def arrivals_that_the_disk_does_not_take_are_let_in_unkept():
    with Site(deadline=1) as there:
        with there.gate:
            for _ in range(ROUNDS):
                for header in join(there.arriving(MIDDLE)):
                    equal(TOKEN.search(header), None, 'a token')
            there.took_at_most(most_for_arrivals())  # what was given up holds no memory
        lines = there.daemon.lines('error="not kept: it will leave without a hop"')
        equal(len(lines), ROUNDS * AT_ONCE, 'lines')
        for line in lines:
            within(f'reason="{LATE}"', line)
        [header] = join(there.arriving(MIDDLE, 1))
        assert TOKEN.search(header), 'an arrival was not kept after the disk came back'
        equal(len(os.listdir(there.daemon.path('spool'))), 1, 'files in the spool')


@test
def departures_whose_arrival_the_disk_does_not_give_leave_without_a_hop():
    with Site(deadline=1) as there:
        arrived = join(there.arriving(SMALL))
        with there.gate:
            for header in join(there.leaving(arrived, SMALL)):
                equal(len(re.findall(b'^DKIM2-Signature:', header, re.M)), 1, 'hops')
                equal(TOKEN.search(header), None, 'a token')
        lines = there.daemon.lines('listener=list-out ')
        equal(len(lines), AT_ONCE, 'lines')
        for line in lines:
            within(f'dkim2=unsigned dkim2-why="{LATE}"', line)
        [header] = join(there.leaving(arrived[:1], SMALL))
        verify(there.daemon, header + SMALL + FOOTER, 'cooks-bounces@lists.example',
               'bob@uni.example', '--require', 'dkim2')
        equal(there.daemon.stop(), 0, 'status of waybilld')


sys.exit(tests.run())
