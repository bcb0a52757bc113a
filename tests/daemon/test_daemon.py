"""waybilld as an MTA meets it: what it answers to conversations, and what it says of them.
Arguments: the paths of waybilld and waybill."""
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'support'))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'cli'))
from daemon import Daemon, free_port, metrics_at  # noqa: E402
from dns_server import DnsServer, labels, txt  # noqa: E402
from mta import Broken, Mta, apply, said  # noqa: E402
from tap import Tests, equal, within  # noqa: E402

WAYBILLD, WAYBILL = map(os.path.abspath, sys.argv[1:3])
NOW = 1795172400

ZONE = '''$TTL 300
example.org.            TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.example.org.     TXT "v=DMARC1; p=reject"
soft.example.           TXT "v=spf1 -all"
_dmarc.soft.example.    TXT "v=DMARC1; p=quarantine"
'''
MESSAGE = (b'Received: from client.example\r\n\tby mx.example.org; Fri, 20 Nov 2026 10:00:00 +0000\r\n'
           b'From: Alice <alice@example.org>\r\nTo: bob@example.net\r\nSubject: Bread\r\n'
           b'Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\n'
           b'Flour, water, salt.\r\n')
RECEIVER = '''listener "in" {
    socket = "unix:FOLDER/in.sock"
    preset = receiver
    authserv-id = mx.example.org
    own = { "127.0.0.1", "198.51.100.0/24" }
    mode = %s
}
'''

tests = Tests()


def test(function):
    tests.add(function.__name__.replace('_', ' '), function)
    return function


def receiver(mode='annotate', top='', zone=ZONE, options=(), **more):
    return Daemon(WAYBILLD, top + RECEIVER % mode, {'zone': zone, **more},
                  ['--dns', 'FOLDER/zone', '--now', NOW, *options])


def mta(daemon, socket='in.sock', address='192.0.2.1', helo='client.example', **macros):
    one = Mta(daemon.path(socket)).negotiate()
    one.connect(address=address, **macros)
    one.helo(helo)
    return one


def unfold(line):
    return re.sub(r'\n[ \t]+', ' ', line)


# --- a receiver ----------------------------------------------------------------------------------


@test
def a_message_is_annotated():
    with receiver() as daemon:
        answers = said(mta(daemon).message(MESSAGE))
        equal([unfold(line) for line in answers],
              ['insert 0 Authentication-Results: mx.example.org; spf=pass '
               'smtp.mailfrom=alice@example.org; spf=none (no SPF record: the name does not '
               'exist) smtp.helo=client.example; dkim=none; dkim2=none; arc=none '
               'smtp.remote-ip=192.0.2.1; dmarc=pass header.from=example.org '
               'policy.dmarc=reject', 'continue'])
        line = daemon.lines('4XyZ:')[0]
        within(' listener=in client=192.0.2.1 helo=client.example mail-from=example.org '
               'recipients=1 from=example.org spf=pass ', line)
        within(' dmarc=pass decision=deliver ', line)


@test
def forged_results_are_removed_from_the_last_to_the_first():
    forged = (b'Authentication-Results: mx.example.org; spf=pass\r\n'
              b'Authentication-Results: other.example; spf=pass\r\n'
              b'Authentication-Results: MX.example.org; dmarc=pass\r\n')
    with receiver() as daemon:
        answers = said(mta(daemon).message(forged + MESSAGE))
        equal(answers[:2], ['change 3 Authentication-Results:', 'change 1 Authentication-Results:'])
        within('insert 0 Authentication-Results: mx.example.org', answers[2])


@test
def observe_changes_nothing():
    with receiver('observe') as daemon:
        forged = b'Authentication-Results: mx.example.org; spf=pass\r\n'
        equal(said(mta(daemon).message(forged + MESSAGE)), ['continue'])
        within('dmarc=pass', daemon.lines('4XyZ:')[0])


@test
def what_dmarc_asks_for_is_done_only_by_enforce():
    for mode, last in (('annotate', 'continue'),
                       ('enforce', 'reply 550 5.7.1 rejected per DMARC policy of example.org')):
        with receiver(mode) as daemon:
            answers = said(mta(daemon, address='192.0.2.99').message(MESSAGE))
            equal(answers[-1], last)
            within('decision=reject', daemon.lines('4XyZ:')[0])


@test
def quarantine_is_a_reason_and_continue():
    with receiver('enforce') as daemon:
        message = MESSAGE.replace(b'alice@example.org', b'alice@soft.example')
        answers = said(mta(daemon).message(message, '<alice@soft.example>'))
        within('dmarc=fail', unfold(answers[0]))
        within('quarantine ', answers[1])
        equal(answers[2], 'continue')


@test
def a_temporary_error_is_never_a_rejection():
    zone = '{"waybill-dns": 1, "default": "servfail", "answers": []}'
    with receiver('enforce', zone=zone) as daemon:
        answers = said(mta(daemon).message(MESSAGE))
        within('dmarc=temperror', unfold(answers[0]))
        equal(answers[1], 'continue')


@test
def answers_that_do_not_come_in_time_are_temporary_errors():
    with receiver('enforce', 'deadline = 1\n', options=['--dns-delay', 60000]) as daemon:
        answers = said(mta(daemon).message(MESSAGE))
        within('spf=temperror', unfold(answers[0]))
        equal(answers[-1], 'continue')


@test
def own_and_authenticated_clients_pass_at_once():
    with receiver() as daemon:
        equal(said(mta(daemon, address='198.51.100.7').message(MESSAGE)), ['accepted at MAIL'])
        equal(said(mta(daemon).message(MESSAGE, auth_type='PLAIN')), ['accepted at MAIL'])
        equal(daemon.lines('4XyZ:'), [])


@test
def an_address_that_is_none_is_no_reason_to_check_nothing():
    with receiver('enforce') as daemon:
        answers = said(mta(daemon, address='192.0.2.99').message(MESSAGE, '<a b@@>'))
        equal(answers[-1], 'reply 550 5.7.1 rejected per DMARC policy of example.org')


@test
def the_null_sender_is_a_sender():
    with receiver() as daemon:
        answers = unfold(said(mta(daemon).message(MESSAGE, '<>'))[0])
        within('smtp.mailfrom=postmaster@client.example', answers)


@test
def a_connection_has_many_messages_and_any_may_be_aborted():
    with receiver() as daemon:
        one = mta(daemon)
        for number in range(5):
            equal(said(one.message(MESSAGE, i=f'id{number}'))[-1], 'continue')
            one.mail()
            one.rcpt()
            one.send('A')
        one.mail()
        one.rcpt()
        one.step('T')
        one.header(MESSAGE)
        one.send('K')
        one.connect(address='192.0.2.1')
        one.helo()
        equal(said(one.message(MESSAGE))[-1], 'continue')
        equal(len(daemon.lines('decision=')), 6)


@test
def a_message_without_header_or_body_is_one():
    with receiver() as daemon:
        one = mta(daemon)
        one.mail()
        one.rcpt()
        one.step('N')
        answers = said(one.end())
        within('dmarc=permerror', unfold(answers[0]))


@test
def who_breaks_the_protocol_is_told_nothing_more():
    breaks = [b'GET / HTTP/1.0\r\n\r\n', b'\0\0\0\0', b'\x80\0\0\0O', b'\0\0\0\x01Z',
              b'\0\0\0\x05O\0\0\0\x06']
    with receiver() as daemon:
        for octets in breaks:
            one = Mta(daemon.path('in.sock'))
            one.socket.sendall(octets)
            try:
                equal(one.receive(), None)
            except Broken:
                pass
        half = Mta(daemon.path('in.sock')).negotiate()
        half.connect()
        half.helo()
        half.mail()
        half.socket.sendall(b'\0\0\1\0B' + b'x' * 20)
        half.close()
        equal(said(mta(daemon).message(MESSAGE))[-1], 'continue')
        equal(len(daemon.lines('error="milter protocol"')), len(breaks))


@test
def an_mta_that_grants_nothing_is_not_held_up():
    with receiver() as daemon:
        one = Mta(daemon.path('in.sock')).negotiate(actions=0)
        one.connect()
        one.helo()
        equal(said(one.message(MESSAGE)), ['continue'])
        within('may change nothing', daemon.log())


# --- many at once --------------------------------------------------------------------------------


@test
def fifty_messages_wait_for_answers_at_the_same_moment():
    port = free_port()
    with receiver(top=f'workers = 2\nmetrics = "127.0.0.1:{port}"\n',
                  options=['--dns-delay', 2000]) as daemon:
        open_ones, ends = [mta(daemon) for _ in range(50)], []
        for number, one in enumerate(open_ones):
            one.mail()
            one.rcpt(i=f'id{number}')
            one.step('T')
            one.body(one.header(MESSAGE))
            one.send('E')
        until = time.monotonic() + 10
        most = 0
        while most < 50 and time.monotonic() < until:
            most = max(most, metrics_at(port)['waybill_waiting_messages'])
        equal(most, 50)
        for one in open_ones:
            while not ends or ends[-1] != 'c':
                ends.append(one.receive()[0])
            ends.append('next')
        equal(ends.count('i'), 50)


@test
def two_thousand_idle_connections_are_no_burden():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 8192:
        return f'{hard} descriptors are too few'
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, hard))
    try:
        with receiver() as daemon:
            idle = [Mta(daemon.path('in.sock')).negotiate() for _ in range(2000)]
            for one in idle[::100]:
                one.connect()
                one.helo()
            equal(said(mta(daemon).message(MESSAGE))[-1], 'continue')
            equal(said(idle[0].message(MESSAGE))[-1], 'continue')
            for one in idle:
                one.close()
            equal(said(mta(daemon).message(MESSAGE))[-1], 'continue')
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@test
def descriptors_that_run_out_are_waited_for():
    with receiver(top='workers = 1\n') as daemon:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (40, 40))
        idle = [Mta(daemon.path('in.sock')) for _ in range(60)]
        time.sleep(1.5)
        said_ = len(daemon.lines('no descriptors left'))
        assert 1 <= said_ <= 5, f'{said_} lines'
        for one in idle:
            one.close()
        equal(said(mta(daemon).message(MESSAGE))[-1], 'continue')


# --- a signer ------------------------------------------------------------------------------------

SIGNER = '''keys = FOLDER/keys
listener "out" {
    socket = "unix:FOLDER/in.sock"
    preset = originator
    own = { "192.0.2.0/24" }
}
'''


def make_key(daemon, name, domain, kind='rsa'):
    """A key, and its record in the zone of the test."""
    shown = subprocess.run([WAYBILL, 'key', 'new', '--out', daemon.path(name), '--selector', 's',
                            '--domain', domain, '--type', kind], check=True,
                           stdout=subprocess.PIPE)
    with open(daemon.path('zone'), 'ab') as zone:
        zone.write(b'\n' + shown.stdout)


def signer(config=SIGNER, keys='example.org s k.pem\n', domains=('example.org',), **more):
    daemon = Daemon(WAYBILLD, config, {'zone': ZONE, 'keys': keys, **more},
                    ['--now', NOW], start=False)
    for number, domain in enumerate(domains):
        make_key(daemon, 'k.pem' if number == 0 else f'k{number}.pem', domain)
    daemon.start()
    return daemon


def verify(daemon, message, recipients=('bob@example.net',), sender='alice@example.org',
           require='dkim,dkim2'):
    """What waybill says of the message as it left."""
    command = [WAYBILL, 'verify', '--dns', daemon.path('zone'), '--now', str(NOW), '--require',
               require, '--mail-from', sender, '--format', 'ar', '--ip', '192.0.2.1']
    for recipient in recipients:
        command += ['--rcpt-to', recipient]
    done = subprocess.run(command, input=message, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, timeout=60)
    equal((done.returncode, done.stdout.decode() if done.returncode else ''), (0, ''))
    return done.stdout.decode()


@test
def what_leaves_is_signed_and_verifies():
    with signer() as daemon:
        answers = mta(daemon).message(MESSAGE)
        equal([line.split(':')[0] for line in said(answers)],
              ['insert 0 DKIM-Signature', 'insert 0 Message-Instance', 'insert 0 DKIM2-Signature',
               'continue'])
        verify(daemon, apply(MESSAGE, answers))
        within(' domain=example.org dkim=signed dkim2=signed ', daemon.lines('4XyZ:')[0])


@test
def the_id_of_the_passage_is_the_nonce_of_the_hop():
    with signer() as daemon:
        answers = said(mta(daemon).message(MESSAGE))
        nonce = re.search(r'\bn=([0-9a-f]{32});', unfold(' '.join(answers)).replace(' ', ''))
        within(f'id={nonce[1]}', daemon.lines('4XyZ:')[0])


@test
def several_recipients_who_may_see_each_other_share_a_signature():
    message = MESSAGE.replace(b'To: bob@example.net', b'To: bob@example.net\r\nCc: eve@example.com')
    with signer() as daemon:
        answers = mta(daemon).message(message, recipients=('<bob@example.net>', '<eve@example.com>'))
        verify(daemon, apply(message, answers), ('bob@example.net', 'eve@example.com'))


@test
def a_hidden_recipient_is_not_shown():
    with signer() as daemon:
        answers = mta(daemon).message(MESSAGE, recipients=('<bob@example.net>', '<hid@example.com>'))
        equal([line.split(':')[0] for line in said(answers)],
              ['insert 0 DKIM-Signature', 'continue'])
        line = daemon.lines('4XyZ:')[0]
        within('dkim2=unsigned dkim2-why="rt= would show', line)
        within('setting="TRANSPORT_destination_recipient_limit=1 (Postfix), '
               'SMTP_MAILER_MAXRCPTS=1 (Sendmail), on the way here"', line)


@test
def a_line_says_why_nothing_was_signed():
    cases = [
        (dict(address='203.0.113.9'), {}, MESSAGE,
         'mail-from=example.org dkim=unsigned dkim2=unsigned '
         'why="the client is not in own, did not authenticate and came by no daemon of ours"'),
        ({}, dict(sender='<a@other.example>'), MESSAGE.replace(b'@example.org>\r\nTo', b'@other.example>\r\nTo'),
         'domain=other.example dkim=unsigned dkim-why="no key for other.example"'),
        ({}, {}, MESSAGE.replace(b'Subject', b'From: b@example.org\r\nSubject'),
         'dkim-why="several From fields"'),
        ({}, {}, MESSAGE.replace(b'From: Alice <alice@example.org>\r\n', b''),
         'dkim-why="no From field"'),
        ({}, {}, MESSAGE.replace(b'Alice <alice@example.org>', b'nobody'),
         'dkim-why="From is no address"'),
        ({}, dict(sender='<a@elsewhere.example>'), MESSAGE,
         'dkim=signed dkim2=unsigned dkim2-why="d=example.org does not cover the domain of MAIL FROM'),
        ({}, {}, MESSAGE + b'x' * 1200 + b'\r\n', 'dkim2-why="a line is longer'),
    ]
    with signer() as daemon:
        for client, how, message, line in cases:
            mta(daemon, **client).message(message, **how)
            within(line, daemon.lines('listener=')[-1])


@test
def authentication_and_a_daemon_of_ours_are_as_good_as_own():
    with signer() as daemon:
        equal(len(said(mta(daemon, address='203.0.113.9').message(MESSAGE, auth_type='PLAIN'))), 4)
        one = mta(daemon, address='203.0.113.9', daemon_name='ORIGINATING')
        equal(len(said(one.message(MESSAGE))), 4)


@test
def risks_behind_the_filter_are_named():
    with signer() as daemon:
        mta(daemon).message(MESSAGE + 'Brötchen\r\n'.encode())
        within('risk="8-bit body: disable_mime_output_conversion=yes (Postfix), '
               'F=8 of the mailer (Sendmail)"', daemon.lines('4XyZ:')[0])


@test
def a_key_that_others_may_read_is_refused():
    with signer() as daemon:
        os.chmod(daemon.path('k.pem'), 0o644)
        answers = said(mta(daemon).message(MESSAGE))
        equal(answers, ['continue'])
        within('error="key not usable" reason="', daemon.log())
        within('0644', daemon.log())


@test
def a_provider_signs_for_its_customer_and_for_itself():
    config = SIGNER.replace('preset = originator', 'preset = provider\ndomain = esp.example')
    with signer(config, 'example.org s k.pem\nesp.example s k1.pem\n',
                ('example.org', 'esp.example')) as daemon:
        answers = mta(daemon).message(MESSAGE, '<b@esp.example>', auth_type='PLAIN')
        equal([line.split(':')[0] for line in said(answers)],
              ['insert 0 DKIM-Signature', 'insert 0 Message-Instance', 'insert 0 DKIM2-Signature',
               'insert 0 DKIM2-Signature', 'continue'])
        verify(daemon, apply(MESSAGE, answers), sender='b@esp.example')
        equal(said(mta(daemon).message(MESSAGE)), ['accepted at MAIL'])


# --- its life ------------------------------------------------------------------------------------


@test
def a_reload_is_whole_or_not_at_all():
    with receiver('annotate') as daemon:
        one = mta(daemon, address='192.0.2.99')
        one.mail()
        one.rcpt()
        daemon.configure(RECEIVER % 'enforce')
        daemon.reload()
        one.step('T')
        one.body(one.header(MESSAGE))
        equal(said(one.end())[-1], 'continue')
        rejected = 'reply 550 5.7.1 rejected per DMARC policy of example.org'
        equal(said(one.message(MESSAGE))[-1], rejected)
        for wrong, line in ((RECEIVER % 'enforced', "unknown value: use observe"),
                            ('workers = 1\n' + RECEIVER % 'observe', 'workers changed: that needs'),
                            (RECEIVER.replace('in.sock', 'other') % 'observe', 'listeners'),
                            ('trust = nowhere\n' + RECEIVER % 'observe', 'there is no file')):
            daemon.configure(wrong)
            daemon.reload()
            within(line, daemon.log())
            equal(said(one.message(MESSAGE))[-1], rejected)


@test
def it_ends_when_the_last_message_has():
    with receiver() as daemon:
        one = mta(daemon)
        one.mail()
        one.rcpt()
        daemon.process.send_signal(signal.SIGTERM)
        daemon.expect('STOPPING=1')
        within('told to end: no new connections are taken', daemon.lines()[-1])
        one.step('T')
        one.body(one.header(MESSAGE))
        equal(said(one.end())[-1], 'continue')
        one.send('Q')
        equal(daemon.process.wait(20), 0)
        within('ended', daemon.lines()[-1])
        equal(os.path.exists(daemon.path('in.sock')), False)


@test
def it_does_not_wait_for_ever():
    with receiver(top='drain = 1\n') as daemon:
        one = mta(daemon)
        equal(daemon.stop(), 0)
        try:
            equal(one.receive(), None)
        except Broken:
            pass


@test
def a_service_manager_that_does_not_read_holds_nothing_up():
    with receiver() as daemon, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        filler.setblocking(False)
        try:
            while True:
                filler.sendto(b'x', daemon.path('notify'))
        except BlockingIOError:
            pass
        equal(daemon.stop(seconds=10), 0)


@test
def a_socket_that_a_dead_daemon_left_is_replaced_and_that_of_a_living_one_is_not():
    with receiver() as daemon:
        second = subprocess.run(daemon.command(), stderr=subprocess.PIPE, check=False, timeout=20)
        equal(second.returncode, 73)
        within('another process listens there', second.stderr.decode())
        equal(said(mta(daemon).message(MESSAGE))[-1], 'continue')
        daemon.kill()
        daemon.start()
        equal(said(mta(daemon).message(MESSAGE))[-1], 'continue')


@test
def loopback_serves_as_well_as_a_socket_of_the_host():
    port = free_port()
    config = RECEIVER.replace('unix:FOLDER/in.sock', f'inet:{port}@127.0.0.1')
    with Daemon(WAYBILLD, config % 'annotate', {'zone': ZONE},
                ['--dns', 'FOLDER/zone', '--now', NOW]) as daemon:
        one = Mta(('127.0.0.1', port)).negotiate()
        one.connect()
        one.helo()
        equal(said(one.message(MESSAGE))[-1], 'continue')


@test
def every_check_is_a_line_of_the_journal():
    with receiver(top='journal = FOLDER/journal\nsite-key = FOLDER/site.key\n',
                  **{'site.key': 'secret'}) as daemon:
        mta(daemon).message(MESSAGE)
        mta(daemon).message(MESSAGE)
        lines = Path(daemon.path('journal')).read_text().splitlines()
        equal(len(lines), 2)
        within('"result":"pass"', lines[0])
        for personal in ('alice', 'bob@', '192.0.2.1'):
            equal(personal in lines[0], False)


# --- waybilld --check ----------------------------------------------------------------------------


def check(config, files=None, options=()):
    with Daemon(WAYBILLD, config, files, options, start=False) as daemon:
        done = subprocess.run(daemon.command('--check'), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=60)
        clean = [text.decode().replace(str(daemon.folder), 'FOLDER')
                 for text in (done.stdout, done.stderr)]
        return done.returncode, *clean


@test
def a_check_tells_how_an_mta_is_told():
    status, out, err = check(RECEIVER % 'annotate')
    equal((status, err), (0, ''))
    within('listener in: receiver, annotate, speaks as mx.example.org', out)
    within('smtpd_milters = unix:FOLDER/in.sock', out)
    within('nothing is wrong', out)
    out = check(RECEIVER.replace('unix:FOLDER/in.sock', 'inet:8899@127.0.0.1') % 'annotate')[1]
    within('smtpd_milters = inet:127.0.0.1:8899', out)
    within('S=inet:8899@127.0.0.1, F=T', out)


@test
def a_listener_that_nobody_wrote_is_on_no_line():
    status, out, err = check('# nothing\n')
    within('listener receiver: receiver, annotate', out)
    folder = Path('/run/waybill').is_dir()
    equal((status, 'FOLDER/waybill.conf: listener receiver: /run/waybill/' in err),
          (0, False) if folder else (78, True))


@test
def a_check_finds_what_is_wrong():
    status, _, err = check(SIGNER, {'keys': '\nexample.org s nowhere.pem\n'})
    equal((status, err.split(': ', 1)[1]),
          (78, 'FOLDER/keys:2: FOLDER/nowhere.pem: there is no such file: correct the line of the '
               'key\n'))
    status, _, err = check(SIGNER, {'keys': 'example.org\n'})
    equal(status, 78)
    within('FOLDER/keys:1: the selector is missing', err)
    status, _, err = check((RECEIVER % 'annotate').replace('FOLDER/in', 'FOLDER/there/in'))
    equal(status, 78)
    within('FOLDER/waybill.conf:2: listener in: FOLDER/there/: No such file or directory', err)


@test
def a_check_compares_with_what_is_published():
    config = 'resolver = "%s"\n' + SIGNER
    with Daemon(WAYBILLD, config, {'zone': '', 'keys': 'example.org s k.pem\n'},
                start=False) as daemon:
        make_key(daemon, 'k.pem', 'example.org')
        record = ''.join(re.findall(r'"([^"]*)"', Path(daemon.path('zone')).read_text()))
        for name, answer, status, what in (
                ('s._domainkey.example.org', txt(record.encode()), 0, ''),
                ('s._domainkey.example.org', txt(b'v=DKIM1; p='), 78, 'the key is revoked'),
                ('t._domainkey.example.org', txt(record.encode()), 78, 'no TXT record is published')):
            with DnsServer({labels(name): answer}) as server:
                daemon.configure(config % server.address)
                done = subprocess.run(daemon.command('--check', '--published'), check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
            equal(done.returncode, status, done.stderr.decode())
            within(what, done.stderr.decode())


@test
def the_command_line_has_its_errors():
    for arguments, said_ in ((['--what'], '--what: unknown option'),
                             (['--config'], '--config: its value is missing'),
                             (['--dns-delay', '5'], '--dns-delay is for --dns')):
        done = subprocess.run([WAYBILLD, *arguments], stderr=subprocess.PIPE, check=False)
        equal(done.returncode, 64)
        within('waybilld: ' + said_, done.stderr.decode())


tests.run()
