"""What waybilld says and keeps of its messages: the journal, /metrics, /health.
Argument: the path of waybilld, and the schema of a record."""
import http.client
import json
import os
import re
import resource
import signal
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'support'))
from daemon import Daemon, free_port, metrics_at, read_page  # noqa: E402
from mta import Mta  # noqa: E402
from tap import Tests, equal, within  # noqa: E402

WAYBILLD = os.path.abspath(sys.argv[1])
SCHEMA = json.loads(Path(sys.argv[2]).read_text())
ZONE = '''$TTL 300
example.org.         TXT "v=spf1 exists:%{l}.%{ir}.a.example.org -all"
_dmarc.example.org.  TXT "v=DMARC1; p=reject"
'''
MESSAGE = (b'From: Alice <zelda@example.org>\r\nTo: bob@example.net\r\nSubject: Bread\r\n\r\n'
           b'Flour, water, salt.\r\n')
CONFIG = '''metrics = "127.0.0.1:%d"
%s
listener "in" {
    socket = "unix:FOLDER/in.sock"
    preset = receiver
    authserv-id = mx.example.org
}
'''
JOURNAL = 'journal = FOLDER/journal\nsite-key = FOLDER/site.key\n'

tests = Tests()


def test(function):
    tests.add(function.__name__.replace('_', ' '), function)
    return function


class Filter(Daemon):
    def __init__(self, top='', options=()):
        self.port = free_port()
        super().__init__(WAYBILLD, CONFIG % (self.port, top),
                         {'zone': ZONE, 'site.key': 'k' * 32}, ['--dns', 'FOLDER/zone', *options])

    def ask(self, path='/metrics', method='GET', **fields):
        """(status, fields, body)"""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=10)
        try:
            connection.request(method, path, headers=fields)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def number(self, name):
        return metrics_at(self.port)[name]

    def mta(self):
        one = Mta(self.path('in.sock')).negotiate()
        one.connect(address='192.0.2.77')
        one.helo()
        return one

    def journal(self):
        return Path(self.path('journal')).read_text().splitlines()


def until(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f'not in time: {what}'
        time.sleep(0.05)


# --- http ----------------------------------------------------------------------------------------

@test
def a_page_counts_what_was_checked():
    with Filter() as daemon:
        status, fields, text = daemon.ask()
        equal((status, fields['Content-Type']), (200, 'text/plain; version=0.0.4; charset=utf-8'))
        equal(read_page(text)['waybill_message_duration_seconds_count'], 0)
        one = daemon.mta()
        one.message(MESSAGE, sender='<zelda@example.org>')
        page = read_page(daemon.ask()[2])
        equal(page['waybill_results_total{method="spf",result="fail"}'], 1)
        equal(page['waybill_message_duration_seconds_count'], 1)
        equal(page['waybill_open_connections'], 1)
        equal(page['waybill_waiting_messages'], 0)
        assert page['waybill_dns_questions_total{status="nxdomain"}'] > 0
        one.close()
        until(lambda: daemon.number('waybill_open_connections') == 0, 'the connection is gone')


def amid_message(daemon):
    """An MTA that has handed over all but the end of one."""
    one = daemon.mta()
    one.mail('<zelda@example.org>')
    one.rcpt()
    one.step('T')
    one.body(one.header(MESSAGE))
    return one


@test
def a_message_that_waits_for_answers_is_seen():
    with Filter(options=['--dns-delay', 1500]) as daemon:
        one = amid_message(daemon)
        equal(daemon.number('waybill_waiting_messages'), 0, 'before the end of the message')
        one.send('E')
        until(lambda: daemon.number('waybill_waiting_messages') == 1, 'a message that waits')
        equal(daemon.number('waybill_open_messages'), 1)
        one.close()
        until(lambda: daemon.number('waybill_waiting_messages') == 0, 'the MTA went away')
        equal(daemon.number('waybill_open_messages'), 0)


@test
def only_what_is_there_is_read():
    with Filter() as daemon:
        for path in ('/', '/metric', '/metrics/', '/health/x', '/../etc/passwd'):
            equal(daemon.ask(path)[0], 404, path)
        for path in ('/metrics', '/health'):
            status, fields, body = daemon.ask(path, 'HEAD')
            equal((status, body), (200, ''), f'HEAD {path}')
            for method in ('POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'):
                status, fields, body = daemon.ask(path, method)
                equal((status, fields.get('Allow')), (405, 'GET, HEAD'), f'{method} {path}')
        equal(daemon.ask('/health')[::2], (200, 'ok\n'))


def flood(port, octets):
    """What is answered to octets, at most the beginning."""
    with socket.create_connection(('127.0.0.1', port), timeout=10) as s:
        try:
            s.sendall(octets)
            return s.recv(4096)
        except (ConnectionError, BrokenPipeError):
            return b''


@test
def a_flood_is_refused_and_does_no_harm():
    with Filter() as daemon:
        for name, octets in {
                'a field': b'GET /metrics HTTP/1.1\r\nX: ' + b'x' * 1000000 + b'\r\n\r\n',
                'fields': b'GET /metrics HTTP/1.1\r\n' + b'X: y\r\n' * 100000 + b'\r\n',
                'a line': b'GET /' + b'x' * 1000000 + b' HTTP/1.1\r\n\r\n',
                'no end': b'\x00' * 1000000,
                'a body': b'GET /metrics HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n' +
                          b'x' * 100000}.items():
            answer = flood(daemon.port, octets)
            assert not answer.startswith(b'HTTP/1.1 2'), f'{name}: {answer[:80]!r}'
        equal(daemon.ask('/health')[0], 200)


@test
def health_is_503_while_it_ends():
    with Filter(options=['--dns-delay', 2000]) as daemon:
        one = amid_message(daemon)
        one.send('E')
        until(lambda: daemon.number('waybill_waiting_messages') == 1, 'a message that waits')
        daemon.process.send_signal(signal.SIGTERM)
        daemon.expect('STOPPING=1')
        equal(daemon.ask('/health')[::2], (503, 'stopping\n'))
        equal(daemon.ask()[0], 200, 'what is counted until the end')
        while one.receive()[0] not in 'acdrty':
            pass
        one.close()
        equal(daemon.process.wait(20), 0)


# --- the journal ---------------------------------------------------------------------------------

@test
def a_line_is_a_record_without_a_person():
    with Filter(JOURNAL) as daemon:
        one = daemon.mta()
        for _ in range(3):
            one.message(MESSAGE, sender='<zelda@example.org>', recipients=('<yorick@example.net>',))
        lines = daemon.journal()
        equal(len(lines), 3)
        for line in lines:
            for word in ('zelda', 'yorick', 'Alice', '192.0.2.77', '77.2.0.192'):
                assert word not in line, f'{word} is in {line}'
            within('"domain":"example.org"', line)
        until(lambda: daemon.number('waybill_journal_lines_total{outcome="written"}') == 3,
              'three lines that are counted')
        equal(len({json.loads(line)['id'] for line in lines}), 3, 'passages')
        log = daemon.log()
        for line in lines:
            within(f'id={json.loads(line)["id"]}', log, 'the log')
        assert 'zelda' not in log and 'yorick' not in log, log
        try:
            from jsonschema import Draft202012Validator
        except ImportError:
            return 'python3-jsonschema is not installed'
        for line in lines:
            Draft202012Validator(SCHEMA).validate(json.loads(line))


CORPORA = Path(__file__).resolve().parents[3] / 'shared' / 'corpora'


def real_messages():
    """What an MTA makes of real mail and of broken mail: lines that end in CRLF, no NUL."""
    for path in sorted(CORPORA.rglob('*')):
        if path.suffix in ('.eml', '.msg') and path.is_file():
            octets = path.read_bytes()[:300000].replace(b'\0', b'')
            yield path, b'\r\n'.join(re.split(b'\r\n|\r|\n', octets))


def author_parts(message):
    """Local parts of the first From field, as far as they are plain."""
    head = re.sub(rb'\r\n[ \t]', b' ', message.partition(b'\r\n\r\n')[0])
    field = re.search(rb'(?im)^from:(.*)$', head)
    return re.findall(r'<([A-Za-z0-9._+-]{3,})@', field[1].decode('latin-1')) if field else []


@test
def real_mail_names_nobody_either():
    messages = list(real_messages())
    if not messages:
        assert os.environ.get('CI') != 'true', '../shared/corpora is absent'
        return '../shared/corpora is absent'
    with Filter(JOURNAL) as daemon:
        one = daemon.mta()
        for _, message in messages:
            one.message(message, sender='<zelda.vq@example.org>', recipients=('<yorick@x.example>',))
        lines = daemon.journal()
        equal(len(lines), len(messages))
        for (path, message), line in zip(messages, lines):
            json.loads(line)
            text = line.lower()
            for word in ('zelda', 'yorick', '192.0.2.77', '77.2.0.192'):
                assert word not in text, f'{path}: {word} is in {text}'
            for part in author_parts(message):
                assert not re.search(rf'(?<![a-z0-9._+-]){re.escape(part.lower())}@', text), \
                    f'{path}: {part} is in {text}'
        for line in daemon.lines('listener='):
            assert re.fullmatch(r'[ -~]*', line) and '@' not in re.sub(r' @\S+ ', ' ', line), line


def limit_files(daemon, octets):
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                     (octets, resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)[1]))


@test
def a_full_disk_holds_up_no_message_and_is_told_once():
    with Filter(JOURNAL) as daemon:
        one = daemon.mta()

        def deliver(n):
            for _ in range(n):
                equal(one.message(MESSAGE)[-1][0], 'c')

        deliver(2)
        room = os.path.getsize(daemon.path('journal'))
        limit_files(daemon, room + 100)
        deliver(5)
        until(lambda: daemon.lines('lines cannot be written'), 'a line that says so')
        deliver(5)
        until(lambda: daemon.number('waybill_journal_lines_total{outcome="dropped"}') == 10,
              'ten lines that are counted')
        equal(len(daemon.lines('lines cannot be written')), 1, 'lines that say so')
        equal(len(daemon.journal()), 2)
        limit_files(daemon, resource.RLIM_INFINITY)
        deliver(1)
        until(lambda: daemon.lines('written again: 10 were lost'), 'that it is over')
        for line in daemon.journal():
            json.loads(line)
        equal(len(daemon.journal()), 3)
        equal(daemon.number('waybill_failures_total'), 0)
        until(lambda: daemon.number('waybill_journal_lines_total{outcome="written"}') == 3,
              'three lines that are counted')


@test
def a_file_that_is_moved_away_is_begun_again():
    with Filter(JOURNAL) as daemon:
        one = daemon.mta()
        one.message(MESSAGE)
        os.rename(daemon.path('journal'), daemon.path('kept'))
        until(lambda: os.path.exists(daemon.path('journal')), 'a new file')
        one.message(MESSAGE)
        equal(len(daemon.journal()), 1)
        equal(len(Path(daemon.path('kept')).read_text().splitlines()), 1)


@test
def what_a_killed_daemon_left_is_ended():
    with Filter(JOURNAL) as daemon:
        one = daemon.mta()
        one.message(MESSAGE)
        daemon.kill()
        with open(daemon.path('journal'), 'a') as file:
            file.write('{"waybill-rec')
        daemon.start()
        daemon.mta().message(MESSAGE)
        lines = daemon.journal()
        equal(len(lines), 3)
        equal(lines[1], '{"waybill-rec')
        for line in (lines[0], lines[2]):
            json.loads(line)


sys.exit(tests.run())
