#!/usr/bin/python3
"""test_sendmail.py BUILD: what Sendmail alone does with mail that it passes on. Prints TAP."""

import errno
import socket
import sys
from functools import partial
from pathlib import Path

from world import (BODY, INBOX, MTAS, STRANGER, TOKEN, Tests, World, enter, equal, hops, post,
                   within)

BUILD, MTA = Path(sys.argv[1]).resolve(), MTAS['sendmail']
SUBMISSION, CUSTODY = 587, 10026
BOB, STAFF = 'bob@uni.example', 'staff@lists.example'
AUTHOR, LISTS, UNI = [(f'{name}.example', 'pass') for name in ('author', 'lists', 'uni')]

# Fields as they are sent, and as they arrive.
ANEW = {
    'a list without spaces': (b'a@a.example,b@b.example', b'a@a.example, b@b.example'),
    'names without a domain': (b'bob, carol', b'bob@mx.lists.example, carol@mx.lists.example'),
    'a route': (b'<@a.example:b@b.example>', b'<b@b.example>'),
}
AS_THEY_ARE = {
    'a long list': b', '.join(b'"Reader, %d" <reader%d@a.example>' % (n, n) for n in range(20)),
    'comments': b'(a) a@a.example (b), =?utf-8?q?B=C3=A4r?= <b@b.example>',
    'a group': b'Friends: a@a.example, b@b.example;',
    'a domain with another name': b'a@also.example',
}


def prepare(world):
    uni, lists = world.hosts['uni.example'], world.hosts['lists.example']
    uni.add_alias('bob', f'bob@{INBOX}')
    uni.add_alias('postmaster', f'postmaster@{INBOX}')
    lists.add_alias('staff', f'bob@{INBOX}')
    lists.add_alias('owner-staff', 'staff-request@lists.example')
    lists.add_alias('staff-request', f'carol@{INBOX}')


def send(world, recipient, cc):
    """What arrives of a message with that field."""
    octets = post(recipient).replace(b'\r\nSubject:', b'\r\nCc: ' + cc + b'\r\nSubject:')
    return world.post(octets, recipient)


def pass_on(world, cc):
    """What arrives over an alias, its custody whole; and the record."""
    delivery = send(world, STAFF, cc)
    record = world.judge(delivery)
    equal((record['dkim2']['result'], hops(record)), ('pass', [AUTHOR, LISTS]), 'custody')
    equal([s['result'] for s in record['dkim']['signatures'] if s['domain'] == 'lists.example'],
          ['pass'], "the host's DKIM signature")
    equal(TOKEN.search(delivery.octets), None, 'a token')
    return delivery, record


def written_anew(world, cc, written):
    """By the first daemon: the recipe says what it was. The second leaves it."""
    delivery, record = pass_on(world, cc)
    within(b'\r\nCc: ' + written + b'\r\n', delivery.octets, 'what arrived')
    equal(len(record['dkim2']['instances']), 2, 'instances')
    within(b'\r\nCc: ' + cc + b'\r\n', world.undone(delivery), 'what the author sent')


def left_alone(world, cc):
    _, record = pass_on(world, cc)
    equal(len(record['dkim2']['instances']), 1, 'instances')


def written_anew_by_a_forwarder(world):
    """It may not change what is read: there is no hop, and the line says why."""
    delivery = send(world, BOB, b'a@a.example,b@b.example')
    equal(delivery.octets.count(b'\r\nDKIM2-Signature:'), 1, 'hops')
    within('dkim2-why="a forwarder adds fields and changes nothing',
           world.line('uni.example', 'uni-out'), 'the line')


def alias_with_an_owner(world):
    """It is the sender: custody needs no SRS."""
    delivery, _ = pass_on(world, b'a@a.example')
    equal(delivery.sender, 'staff-request@lists.example', 'the sender')
    equal(world.undo(delivery), BODY, "the author's body")


def sender_like_an_option(world):
    """An address is never an option of the program that rewrites it."""
    delivery = world.post(post(BOB), BOB, sender='--help@author.example', domain='uni.example',
                          source=STRANGER)
    within('=author.example=--help@uni.example', delivery.sender, 'the sender')


def forged_srs(world):
    sender = world.post(post(BOB), BOB).sender
    forged = sender.replace('=author.example=', '=elsewhere.example=')
    code, reply = world.submit(post(forged), forged, sender='', domain='uni.example',
                               source=STRANGER)
    equal(code, 550, f'reply ({reply})')


def sent_by_a_user(world, sender, domain):
    """In the host's own name, which needs no SRS; or in one of nowhere, which the first daemon lets
    pass, and so the second."""
    world.hosts[domain].run(f'sendmail -f {sender} bob@{INBOX}', 'Bread.\n')
    [delivery] = world.sink.take()
    equal(delivery.sender, sender, 'the sender')


def second_daemon_is_private(world):
    host = world.hosts['uni.example']
    for port in SUBMISSION, CUSTODY:
        with socket.socket() as probe:
            equal(probe.connect_ex((host.address, port)), errno.ECONNREFUSED, f'port {port}')


def bounce_of_a_bounce(world):
    """The second daemon knows no postmaster: the first does."""
    world.hosts['uni.example'].run('sendmail -f x@nowhere.example y@nowhere.example', 'Bread.\n')
    [delivery] = world.sink.take()
    equal((delivery.sender, delivery.recipients), ('', [f'postmaster@{INBOX}']), 'the envelope')


def unsafe_folder(world):
    """Where others than its owner may write, Sendmail takes no socket from, and mail waits."""
    folder = world.hosts['uni.example'].root / 'run/waybill'
    folder.chmod(0o770)
    try:
        code, reply = world.submit(post(BOB), BOB, domain='uni.example', source=STRANGER)
        equal(code, 451, f'reply ({reply})')
    finally:
        folder.chmod(0o755)
    equal(hops(world.judge(world.post(post(BOB), BOB))), [AUTHOR, UNI], 'hops')


CASES = {
    **{f'{name} is written anew': partial(written_anew, cc=cc, written=written)
       for name, (cc, written) in ANEW.items()},
    **{f'{name}: left as it was': partial(left_alone, cc=cc) for name, cc in AS_THEY_ARE.items()},
    'a forwarder writes fields anew': written_anew_by_a_forwarder,
    'an alias with an owner': alias_with_an_owner,
    'a sender like an option': sender_like_an_option,
    'a forged SRS address': forged_srs,
    'a sender of the host': partial(sent_by_a_user, sender='bob@mx.uni.example',
                                    domain='uni.example'),
    'a sender of nowhere': partial(sent_by_a_user, sender='x@nowhere.example',
                                   domain='lists.example'),
    'a bounce of a bounce': bounce_of_a_bounce,
    'the second daemon is for the first alone': second_daemon_is_private,
    'a folder that is not safe': unsafe_folder,
}


def main():
    enter(BUILD, MTA.kind)
    tests = Tests()
    with World(BUILD, ('author.example', 'lists.example', 'uni.example'), mta=MTA) as world:
        prepare(world)
        tests.add_all(CASES, world)
        return tests.run(world.tell)


if __name__ == '__main__':
    sys.exit(main())
