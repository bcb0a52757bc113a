"""waybilld whose arrivals are in a server: what it is told of them is believed no more than a message
is. Arguments: the paths of waybilld and waybill."""
from functools import partial

from passing import CONFIG, POST, TOKEN, hand_over, site, tag_and_footer, verify
from arrival_server import ArrivalServer, bulk
from tap import Tests, equal, within

LARGE = POST + b'Flour, water and salt; fold it twice an hour.\r\n' * 30_000  # in many pieces
LEAVES = '<cooks-bounces@lists.example>', ['<bob@uni.example>']


class Place:
    """The server, and a site that keeps its arrivals there."""

    def __enter__(self):
        self.daemon = site(start=False, keys=('author.example', 'lists.example'))
        self.server = ArrivalServer(self.daemon.path('redis.sock')).__enter__()
        self.daemon.configure((CONFIG % ('', '')).replace(
            'spool = FOLDER/spool', 'spool-server = unix:FOLDER/redis.sock'))
        self.daemon.start()
        return self

    def __exit__(self, *_):
        self.daemon.close()
        self.server.__exit__()

    def arrive(self, post=POST):
        """At the list, signed by its author."""
        signed = hand_over(self.daemon, 'author', post, '<alice@author.example>',
                           ['<cooks@lists.example>'])
        return hand_over(self.daemon, 'list-in', signed, '<alice@author.example>',
                         ['<cooks@lists.example>'], '203.0.113.1')

    def leave(self, arrived):
        return hand_over(self.daemon, 'list-out', tag_and_footer(arrived), *LEAVES)

    def last_line(self, text):
        return self.daemon.lines(text)[-1]


def kept_and_found(post):
    with Place() as there:
        left = there.leave(there.arrive(post))
        verify(there.daemon, left, 'cooks-bounces@lists.example', 'bob@uni.example', '--require',
               'dkim2')
        equal([key.split(b':')[1] for key in there.server.kept], [b'arrival'], 'keys')
        equal(there.daemon.stop(), 0, 'status of waybilld')


def not_kept(command, said, why, post=LARGE):
    """The message goes on without a token, and a line says why."""
    with Place() as there:
        there.server.lies[command] = said
        equal(TOKEN.search(there.arrive(post)), None, 'a token')
        within(f'reason="{why}', there.last_line('not kept: it will leave without a hop'))
        del there.server.lies[command]
        equal(there.daemon.stop(), 0, 'status of waybilld')


def not_found(said, why):
    """It leaves without a hop, and its line says why."""
    with Place() as there:
        arrived = there.arrive()
        there.server.lies['GET'] = said
        left = there.leave(arrived)
        equal((left.count(b'DKIM2-Signature:'), TOKEN.search(left)), (1, None), 'hops, and a token')
        within(f'dkim2-why="{why}', there.last_line('listener=list-out '))
        equal(there.daemon.stop(), 0, 'status of waybilld')


def another_arrival():
    """One site's waybilld wrote it; it is of another message."""
    with Place() as there:
        arrived, other = there.arrive(), there.arrive(POST.replace(b'Bread', b'Money'))
        first, second = there.server.kept
        there.server.kept[first] = there.server.kept[second]
        there.leave(arrived)
        within('dkim2-why="the kept arrival is another\'s', there.last_line('listener=list-out '))
        verify(there.daemon, there.leave(other), 'cooks-bounces@lists.example', 'bob@uni.example',
               '--require', 'dkim2')


NOT_KEPT = {
    'refuses a piece': ('APPEND', b'-OOM no room\r\n', 'spool-server: OOM no room'),
    'has lost what was written': ('APPEND', b':7\r\n', 'spool-server: it has removed what was'),
    'says nonsense of a piece': ('APPEND', b'*1\r\n$2\r\nhi\r\n', 'spool-server: it has removed'),
    'hangs up amid it': ('APPEND', None, 'spool-server: '),
    'does not speak the protocol': ('SET', b'HTTP/1.1 400 Bad Request\r\n\r\n',
                                    'spool-server: Protocol error'),
    'cannot name it': ('RENAME', b'-ERR no such key\r\n', 'spool-server: ERR no such key'),
    'hangs up at its name': ('RENAME', None, 'spool-server: '),
}
NOT_FOUND = {
    'does not have it': (bulk(None), 'the arrival is gone'),
    'has another type': (b'*2\r\n:1\r\n:2\r\n', 'the arrival is gone'),
    'has nothing in it': (bulk(b''), 'the kept arrival is cut'),
    'has nonsense in it': (bulk(bytes(range(256)) * 40), 'the kept arrival is cut'),
    'refuses to give it': (b'-NOPERM of no use\r\n', 'spool-server: NOPERM of no use'),
    'hangs up': (None, 'spool-server: '),
    'hangs up amid it': (b'$100\r\nhalf', 'spool-server: no answer'),
    'announces more than there is': (b'$999999999999999999\r\n', 'spool-server: '),
    'nests without an end': (b'*1\r\n' * 100, 'spool-server: No support for nested'),
}

tests = Tests()
tests.add('an arrival is kept and found', partial(kept_and_found, POST))
tests.add('one in many pieces is kept and found', partial(kept_and_found, LARGE))
for name, case in NOT_KEPT.items():
    tests.add(f'the server {name}: it is not kept', partial(not_kept, *case))
for name, case in NOT_FOUND.items():
    tests.add(f'the server {name}: there is no hop', partial(not_found, *case))
tests.add('the server gives another arrival', another_arrival)
tests.run()
