"""waybilld where mail passes through: a list that changes a post, a forwarder that does not, and what
is not believed. Arguments: the paths of waybilld and waybill."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'support'))
from daemon import Daemon  # noqa: E402
from mta import Mta, apply, said  # noqa: E402
from tap import Tests, equal, within  # noqa: E402

WAYBILLD, WAYBILL = map(os.path.abspath, sys.argv[1:3])
NOW = 1795172400

POST = (b'From: Alice <alice@author.example>\r\nTo: cooks@lists.example\r\nSubject: Bread\r\n'
        b'Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@author.example>\r\n\r\n'
        b'Flour, water, salt.\r\n')
ZONE = '''$TTL 300
author.example.         TXT "v=spf1 ip4:203.0.113.1 -all"
_dmarc.author.example.  TXT "v=DMARC1; p=reject"
'''
CONFIG = '''keys = FOLDER/keys
site-key = FOLDER/site.key
spool = FOLDER/spool
workers = 2
listener "author" { socket = "unix:FOLDER/author.sock" preset = originator }
listener "list-in" {
    socket = "unix:FOLDER/list-in.sock" preset = list-in authserv-id = lists.example
    lists = { cooks@lists.example }
    own = { 192.0.2.1 }
}
listener "list-out" { socket = "unix:FOLDER/list-out.sock" preset = list-out %s }
listener "uni-in" {
    socket = "unix:FOLDER/uni-in.sock" preset = forwarder-in authserv-id = uni.example
    own = { 192.0.2.1 }
}
listener "uni-out" { socket = "unix:FOLDER/uni-out.sock" preset = forwarder-out %s }
'''
DOMAINS = 'author.example', 'lists.example', 'uni.example', 'srs.example'
TOKEN = re.compile(rb'X-Waybill-Transit: [^\r\n]+\r\n')

tests = Tests()


def test(function):
    tests.add(function.__name__.replace('_', ' '), function)
    return function


def site(list_out='', uni_out='', keys=DOMAINS, start=True):
    """All hosts of a journey, in one daemon with their listeners."""
    daemon = Daemon(WAYBILLD, CONFIG % (list_out, uni_out), {'zone': ZONE, 'site.key': 'a secret'},
                    ['--dns', 'FOLDER/zone', '--now', NOW], start=False)
    daemon.write('keys', ''.join(f'{domain} s {domain}.pem\n' for domain in keys))
    for domain in keys:
        shown = subprocess.run([WAYBILL, 'key', 'new', '--out', daemon.path(domain + '.pem'),
                                '--selector', 's', '--domain', domain], check=True,
                               stdout=subprocess.PIPE)
        with open(daemon.path('zone'), 'ab') as zone:
            zone.write(b'\n' + shown.stdout)
    if start:
        daemon.start()
    return daemon


def hand_over(daemon, listener, message, sender, recipients, address='127.0.0.1', i='4XyZ'):
    """The message behind a listener; its own clients are loopback."""
    one = Mta(daemon.path(listener + '.sock')).negotiate()
    one.connect(address=address)
    one.helo('host.example')
    answers = one.message(message, sender, recipients, i)
    one.send('Q')
    one.close()
    equal(said(answers)[-1], 'continue')
    return apply(message, answers)


def at_the_list(daemon, revise=lambda post: post):
    """The post as it arrived at the list, signed by its author; what happens to it on the way."""
    post = hand_over(daemon, 'author', POST, '<alice@author.example>', ['<cooks@lists.example>'])
    return hand_over(daemon, 'list-in', revise(post), '<alice@author.example>',
                     ['<cooks@lists.example>'], '203.0.113.1')


def through_list(daemon, revise, sender='<cooks-bounces@lists.example>',
                 recipient='<bob@uni.example>'):
    """From the author to the list, changed there, to a subscriber."""
    return hand_over(daemon, 'list-out', revise(at_the_list(daemon)), sender, [recipient])


def tag_and_footer(message):
    """What a list does."""
    message = message.replace(b'Subject: Bread', b'Subject: [cooks] Bread')
    return b'List-Id: <cooks.lists.example>\r\n' + message + b'-- \r\nTo leave: write to us\r\n'


def verify(daemon, message, sender, recipient, *options, status=0):
    """(exit status, what waybill says) of the message as it arrives at last."""
    done = subprocess.run([WAYBILL, 'verify', '--dns', daemon.path('zone'), '--now', str(NOW),
                           '--mail-from', sender, '--rcpt-to', recipient, '--ip', '198.51.100.9',
                           '--helo', 'host.example', *options],
                          input=message, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, timeout=60)
    text = done.stdout.decode()
    equal(done.returncode, status, text)
    return text


def undo(daemon, message, instance):
    done = subprocess.run([WAYBILL, 'undo', '--instance', str(instance)], input=message, check=True,
                          stdout=subprocess.PIPE, timeout=60)
    return done.stdout


def last_line(daemon, listener):
    return daemon.lines(f'listener={listener} ')[-1]


# --- custody holds -------------------------------------------------------------------------------


@test
def a_list_post_is_proved_back_to_its_author():
    with site() as daemon:
        message = through_list(daemon, tag_and_footer)
        verify(daemon, message, 'cooks-bounces@lists.example', 'bob@uni.example', '--require', 'dkim2')
        equal(TOKEN.search(message), None)
        within('dkim=signed dkim2=signed arrival=', last_line(daemon, 'list-out'))
        equal(daemon.stop(), 0)
        body = undo(daemon, message, 1).partition(b'\r\n\r\n')[2]
        equal(body, POST.partition(b'\r\n\r\n')[2])


@test
def through_a_forwarder_behind_the_list_too():
    with site('seal = yes', 'seal = yes') as daemon:
        message = through_list(daemon, tag_and_footer)
        arrived = hand_over(daemon, 'uni-in', message, '<cooks-bounces@lists.example>',
                            ['<bob@uni.example>'], '203.0.113.2')
        left = hand_over(daemon, 'uni-out', arrived, '<SRS0=x=bob@uni.example>', ['<bob@home.example>'])
        said_ = verify(daemon, left, 'SRS0=x=bob@uni.example', 'bob@home.example', '--require',
                       'dkim2,arc', '--format', 'ar')
        within('dkim2=pass', said_)
        within('arc=pass', said_)
        within('dkim=pass', said_)
        within('arc=sealed', last_line(daemon, 'uni-out'))
        equal(undo(daemon, left, 1).partition(b'\r\n\r\n')[2], POST.partition(b'\r\n\r\n')[2])
        equal(daemon.stop(), 0)


@test
def a_thousand_copies_have_one_recipe():
    with site() as daemon:
        arrived = tag_and_footer(at_the_list(daemon))
        for number in range(20):
            copy = b'Received: by host.example; x%d\r\n' % number + arrived
            message = hand_over(daemon, 'list-out', copy, '<cooks-bounces@lists.example>',
                                [f'<s{number}@uni.example>'])
            verify(daemon, message, 'cooks-bounces@lists.example', f's{number}@uni.example',
                   '--require', 'dkim2')


@test
def one_domain_hands_over_to_another():
    with site('next-domains = { srs.example }') as daemon:
        message = through_list(daemon, tag_and_footer, '<SRS0=abc@srs.example>')
        verify(daemon, message, 'SRS0=abc@srs.example', 'bob@uni.example', '--require', 'dkim2')
        within(b'nd=srs.example', message)


@test
def the_old_site_key_is_good_while_it_is_named():
    with site() as daemon:
        arrived = at_the_list(daemon)
        daemon.stop()
        shutil.move(daemon.path('site.key'), daemon.path('site.key.before'))
        daemon.write('site.key', 'another secret')
        daemon.configure('site-key-before = FOLDER/site.key.before\n' + CONFIG % ('', ''))
        daemon.start()
        left = hand_over(daemon, 'list-out', tag_and_footer(arrived),
                         '<cooks-bounces@lists.example>', ['<bob@uni.example>'])
        verify(daemon, left, 'cooks-bounces@lists.example', 'bob@uni.example', '--require', 'dkim2')


@test
def what_begins_here_begins_its_custody_for_hidden_recipients_too():
    with site() as daemon:
        notice = POST.replace(b'alice@author.example', b'cooks-owner@lists.example')
        left = hand_over(daemon, 'list-out', notice, '<cooks-bounces@lists.example>',
                         ['<hidden@uni.example>'])
        verify(daemon, left, 'cooks-bounces@lists.example', 'hidden@uni.example', '--require',
               'dkim,dkim2')


@test
def what_is_signed_already_is_left_alone():
    with site() as daemon:
        post = hand_over(daemon, 'author', POST, '<alice@author.example>', ['<cooks@lists.example>'])
        left = hand_over(daemon, 'list-out', post, '<alice@author.example>', ['<cooks@lists.example>'])
        equal(left, post)
        within('dkim=unsigned dkim-why="it is signed already"', last_line(daemon, 'list-out'))


# --- there is no hop, and a line says why --------------------------------------------------------


def no_hop(daemon, message, why, listener='list-out'):
    within('dkim2=unsigned', last_line(daemon, listener))
    within(why, last_line(daemon, listener))
    equal(TOKEN.search(message), None)
    equal(len(re.findall(rb'^DKIM2-Signature:', message, re.M)) < 2, True)


@test
def without_a_token_there_is_no_custody():
    with site() as daemon:
        message = through_list(daemon, lambda m: TOKEN.sub(b'', tag_and_footer(m)))
        no_hop(daemon, message, 'no token')


@test
def a_token_of_elsewhere_is_removed_and_worth_nothing():
    def forge(message):
        return TOKEN.sub(b'X-Waybill-Transit: v1.' + b'0' * 32 + b'.1795200000.' + b'0' * 64 +
                         b'\r\n', tag_and_footer(message))
    with site() as daemon:
        no_hop(daemon, through_list(daemon, forge), 'dkim2-why=')
    with site() as daemon:
        own = b'X-Waybill-Transit: v1.' + b'0' * 32 + b'.1795200000.' + b'0' * 64 + b'\r\n'
        arrived = hand_over(daemon, 'list-in', own + POST, '<alice@author.example>',
                            ['<other@lists.example>'], '203.0.113.1')
        equal(TOKEN.search(arrived), None)


@test
def a_token_of_an_archive_with_another_text_signs_nothing_as_the_authors():
    with site() as daemon:
        arrived = at_the_list(daemon)
        token = TOKEN.search(arrived)[0]
        forged = token + POST.replace(b'Flour, water, salt.', b'Send money.')
        left = hand_over(daemon, 'list-out', forged, '<mallory@elsewhere.example>',
                         ['<bob@uni.example>'])
        no_hop(daemon, left, 'MAIL FROM is in no domain')
        # Of a client that is not own it is not even read.
        one = Mta(daemon.path('list-out.sock')).negotiate()
        one.connect(address='203.0.113.66')
        one.helo('x')
        equal(said(one.message(forged, '<cooks-bounces@lists.example>')), ['accepted at MAIL'])


@test
def what_the_operator_keeps_secret_is_in_no_recipe():
    def strip(message):
        return re.sub(rb'Message-ID: [^\r\n]+\r\n', b'', tag_and_footer(message))
    with site('secret-fields = { Message-ID }') as daemon:
        no_hop(daemon, through_list(daemon, strip), 'dkim2-why=')
    with site('literals-most = 5') as daemon:
        no_hop(daemon, through_list(daemon, lambda m: m.replace(b'Flour', b'Sugar')), 'dkim2-why=')


@test
def a_sender_that_is_not_rewritten_keeps_no_custody():
    with site() as daemon:
        message = through_list(daemon, tag_and_footer, '<alice@author.example>')
        no_hop(daemon, message, 'rewrite it (SRS), or set next-domains')


@test
def an_arrival_that_is_gone_costs_a_hop_and_no_message():
    with site() as daemon:
        arrived = at_the_list(daemon)
        for file in Path(daemon.path('spool')).rglob('*'):
            if file.is_file() and re.search('[0-9a-f]{32}', file.name):
                file.unlink()
        left = hand_over(daemon, 'list-out', tag_and_footer(arrived),
                         '<cooks-bounces@lists.example>', ['<bob@uni.example>'])
        no_hop(daemon, left, 'dkim2-why=')


@test
def a_chain_that_did_not_verify_is_not_extended():
    with site() as daemon:
        arrived = at_the_list(daemon, lambda post: post.replace(b'Flour', b'Sugar'))
        left = hand_over(daemon, 'list-out', tag_and_footer(arrived),
                         '<cooks-bounces@lists.example>', ['<bob@uni.example>'])
        no_hop(daemon, left, 'dkim2-why=')


@test
def a_forwarder_that_changed_the_body_after_all_signs_nothing():
    with site() as daemon:
        post = hand_over(daemon, 'author', POST, '<alice@author.example>', ['<bob@uni.example>'])
        arrived = hand_over(daemon, 'uni-in', post, '<alice@author.example>', ['<bob@uni.example>'],
                            '203.0.113.1')
        left = hand_over(daemon, 'uni-out', arrived + b'An advertisement\r\n',
                         '<SRS0=x=bob@uni.example>', ['<bob@home.example>'])
        no_hop(daemon, left, 'dkim2-why=', 'uni-out')
        equal(daemon.stop(), 0)


@test
def custody_needs_a_secret_and_a_spool():
    for missing in 'site-key', 'spool':
        with site(start=False) as daemon:
            daemon.configure(re.sub(rf'^{missing} = .*\n', '', CONFIG % ('', ''), flags=re.M))
            done = subprocess.run(daemon.command(), stderr=subprocess.PIPE, check=False, timeout=20)
            equal(done.returncode, 78)
            within(f'{missing} is missing', done.stderr.decode())


@test
def arrivals_are_kept_in_one_place():
    for lines, why in (('spool-server = unix:/run/redis.sock\n', 'leave out one of them'),
                       ('spool-password = FOLDER/password\n', 'leave it out')):
        with site(start=False) as daemon:
            daemon.configure(lines + CONFIG % ('', ''))
            done = subprocess.run(daemon.command(), stderr=subprocess.PIPE, check=False, timeout=20)
            equal(done.returncode, 78)
            within(f'waybill.conf:1: {lines.split()[0]}', done.stderr.decode())
            within(why, done.stderr.decode())


tests.run()
