"""waybilld where mail passes through: a list that changes a post, a forwarder that does not, and what
is not believed. Arguments: the paths of waybilld and waybill."""
import re
import shutil
import subprocess
from pathlib import Path

from passing import CONFIG, POST, TOKEN, WAYBILL, hand_over, site, tag_and_footer, verify
from mta import Mta, apply, said
from tap import Tests, equal, within

tests = Tests()


def test(function):
    tests.add(function.__name__.replace('_', ' '), function)
    return function


def at_the_list(daemon, revise=lambda post: post):
    """The post as it arrived at the list, signed by its author; what happens to it on the way."""
    post = hand_over(daemon, 'author', POST, '<alice@author.example>', ['<cooks@lists.example>'])
    return hand_over(daemon, 'list-in', revise(post), '<alice@author.example>',
                     ['<cooks@lists.example>'], '203.0.113.1')


def leave_the_list(daemon, arrived):
    """Changed there, to a subscriber."""
    return hand_over(daemon, 'list-out', tag_and_footer(arrived), '<cooks-bounces@lists.example>',
                     ['<bob@uni.example>'])


def through_list(daemon, revise, sender='<cooks-bounces@lists.example>',
                 recipient='<bob@uni.example>'):
    """From the author to the list, changed there, to a subscriber."""
    return hand_over(daemon, 'list-out', revise(at_the_list(daemon)), sender, [recipient])


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
        within('hops=2 dkim2-d=author.example dkim2-newest-d=lists.example',
               last_line(daemon, 'uni-in'))
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
        left = leave_the_list(daemon, arrived)
        verify(daemon, left, 'cooks-bounces@lists.example', 'bob@uni.example', '--require', 'dkim2')


@test
def what_begins_here_begins_its_custody_for_hidden_recipients_too():
    with site() as daemon:
        notice = POST.replace(b'alice@author.example', b'cooks-owner@lists.example')
        left = hand_over(daemon, 'list-out', notice, '<cooks-bounces@lists.example>',
                         ['<hidden@uni.example>'])
        verify(daemon, left, 'cooks-bounces@lists.example', 'hidden@uni.example', '--require',
               'dkim,dkim2')
        within('dkim2=signed custody=begins', last_line(daemon, 'list-out'))


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
    with site('seal = yes') as daemon:
        message = through_list(daemon, lambda m: TOKEN.sub(b'', tag_and_footer(m)))
        no_hop(daemon, message, 'no token')
        within('arc=unsealed arc-why="no token', last_line(daemon, 'list-out'))


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
        no_hop(daemon, through_list(daemon, strip), 'setting=secret-fields')
    with site('literals-most = 5') as daemon:
        no_hop(daemon, through_list(daemon, lambda m: m.replace(b'Flour', b'Sugar')),
               'setting=literals-most')


@test
def what_is_made_secret_is_in_no_recipe_of_a_post_that_is_leaving():
    with site() as daemon:
        arrived = at_the_list(daemon).replace(b'Flour', b'Sugar')
        leaving = '<cooks-bounces@lists.example>', ['<bob@uni.example>']
        verify(daemon, hand_over(daemon, 'list-out', arrived, *leaving),
               'cooks-bounces@lists.example', 'bob@uni.example', '--require', 'dkim2')
        daemon.configure(CONFIG % ('literals-most = 5', ''))
        daemon.reload()
        no_hop(daemon, hand_over(daemon, 'list-out', arrived, *leaving), 'dkim2-why=')


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
        left = leave_the_list(daemon, arrived)
        no_hop(daemon, left, 'dkim2-why=')


@test
def a_chain_that_did_not_verify_is_not_extended():
    with site() as daemon:
        arrived = at_the_list(daemon, lambda post: post.replace(b'Flour', b'Sugar'))
        left = leave_the_list(daemon, arrived)
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
def a_forwarder_signs_no_other_text():
    """Who has a mailbox has tokens, and may send by the host: what arrived, and nothing else."""
    with site() as daemon:
        post = hand_over(daemon, 'author', POST, '<alice@author.example>', ['<bob@uni.example>'])
        arrived = hand_over(daemon, 'uni-in', post, '<alice@author.example>', ['<bob@uni.example>'],
                            '203.0.113.1')
        leaving = '<bob@uni.example>', ['<bob@home.example>']
        left = hand_over(daemon, 'uni-out', b'X-Sieve: x\r\nOrganization: y\r\n' + arrived, *leaving)
        verify(daemon, left, 'bob@uni.example', 'bob@home.example', '--require', 'dkim2')
        for changed, why in (
                (arrived.replace(b'Subject: Bread', b'Subject: Money'), 'changes nothing'),
                (b'Reply-To: mallory@elsewhere.example\r\n' + arrived, 'adds no field')):
            no_hop(daemon, hand_over(daemon, 'uni-out', changed, *leaving), why, 'uni-out')


@test
def who_authenticates_loses_tokens():
    with site() as daemon:
        token = TOKEN.search(at_the_list(daemon))[0]
        for listener in 'list-in', 'uni-in':
            one = Mta(daemon.path(listener + '.sock')).negotiate()
            one.connect(address='203.0.113.66')
            one.helo('x')
            answers = one.message(token + POST + token, auth_type='PLAIN', auth_authen='mallory')
            equal(said(answers)[-1], 'continue')
            equal(apply(token + POST + token, answers), POST + token)
            within('error="a token was removed"', last_line(daemon, listener))
            equal(said(one.message(POST, auth_type='PLAIN', auth_authen='bob')), ['continue'])
            one.close()


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
