#!/usr/bin/python3
"""test_faults.py BUILD MTA: a list host with that MTA (postfix, sendmail) is lied to, loses what it
keeps, or is away. Nothing is signed that is not so, no message is lost, and the log says what
happened. Prints TAP."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from posts import LIST, custody_holds, no_hop, waiting
from world import (BODY, ELSEWHERE, INBOX, MTAS, STRANGER, TOKEN, Tests, World, enter, equal, post,
                   wait_until, within)

BUILD, MTA = Path(sys.argv[1]).resolve(), MTAS[sys.argv[2]]
SUBSCRIBER, MALLORY = f'bob@{INBOX}', f'mallory@{ELSEWHERE}'
LIE = b'Send money.\r\n'
BIG = b'0123456789 abcdefghijklmnopqrstuvwxyz\r\n' * 1000
MINUTE, DAY = 60, 24 * 60 * 60


def archived_token(world):
    """What a subscriber can read."""
    world.post(post(LIST), LIST)
    archive = world.hosts['lists.example'].root / 'var/spool/mlmmj/cooks/archive'
    newest = max(archive.iterdir(), key=lambda file: int(file.name))
    return TOKEN.search(newest.read_bytes())[0].rstrip() + b'\r\n'


# --- attacks -------------------------------------------------------------------------------------


def from_outside(world, octets, sender=MALLORY):
    return world.post(octets, LIST, sender=sender, domain='lists.example', source=STRANGER)


def token_of_an_archive(world, sender=MALLORY):
    """With another text, to the list: it is a post without custody, whatever it carries."""
    delivery = from_outside(world, archived_token(world) + post(LIST, LIE), sender)
    within(LIE, delivery.octets, 'what arrived')
    no_hop(world, delivery, 'the message arrived without DKIM2')


def token_of_an_archive_inside(world):
    """By somebody who has a shell on the list host."""
    octets = archived_token(world) + post(SUBSCRIBER, LIE)
    world.hosts['lists.example'].run(f'sendmail -f {MALLORY} {SUBSCRIBER}',
                                     octets.replace(b'\r\n', b'\n').decode())
    no_hop(world, world.sink.take()[0], 'MAIL FROM is in no domain')


def forged_token(world):
    """Well made, but with a MAC of one's own."""
    token = archived_token(world)
    last = token.rstrip()[-8:]
    token = token.replace(last, last[::-1])
    no_hop(world, from_outside(world, token + post(LIST, LIE)), 'the message arrived without DKIM2')
    world.hosts['lists.example'].run(
        f'sendmail -f cooks-owner@lists.example {SUBSCRIBER}',
        (token + post(SUBSCRIBER, LIE)).replace(b'\r\n', b'\n').decode())
    no_hop(world, world.sink.take()[0], 'the token is forged')


def edit_of_anothers_post(world):
    """Her signatures, as a subscriber has them, with another text."""
    copy = world.post(post(LIST), LIST)
    undone = world.command.run('undo', '--instance', 1, message=copy.octets).stdout
    hers = undone[undone.index(b'DKIM2-Signature: i=1'):]
    delivery = from_outside(world, hers.replace(BODY, LIE), 'alice@author.example')
    within(LIE, delivery.octets, 'what arrived')
    no_hop(world, delivery, 'FAIL: ', chain=1)
    within('dkim2=fail', world.line('lists.example', 'list-in'), 'the line')


# --- faults --------------------------------------------------------------------------------------


def the_same_post_twice(world):
    for _ in range(2):
        custody_holds(world, world.post(post(LIST), LIST))


@contextmanager
def away(daemon):
    """waybilld does not run, and what it remembers is gone as well."""
    daemon.kill()
    try:
        yield Path(daemon.folder / 'spool')
    finally:
        daemon.start()


def spool_is_deleted(world):
    """While the post waits to leave; then there is none at all."""
    with waiting(world), away(world.daemons['lists.example']) as spool:
        shutil.rmtree(spool)
    no_hop(world, world.sink.take()[0], 'the arrival is gone', chain=1)
    custody_holds(world, world.post(post(LIST), LIST))


def arrival_is_damaged(world, damage, why):
    """While the post waits to leave."""
    with waiting(world), away(world.daemons['lists.example']) as spool:
        damage(max(spool.iterdir(), key=lambda file: file.stat().st_mtime_ns))
    no_hop(world, world.sink.take()[0], why, chain=1)


def cut(arrival):
    os.truncate(arrival, arrival.stat().st_size // 2)


def make_unreadable(arrival):
    """Even for root, whom modes do not stop."""
    arrival.unlink()
    arrival.mkdir()


def spool_is_full(world):
    daemon = world.daemons['lists.example']
    with away(daemon) as spool:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=8k', 'none', spool], check=True)
    try:
        no_hop(world, world.post(post(LIST, BIG), LIST), 'no token', chain=1)
    finally:
        with away(daemon) as spool:
            subprocess.run(['umount', spool], check=True)
    custody_holds(world, world.post(post(LIST, BIG), LIST), BIG)


def waybilld_is_restarted(world):
    """It is away while a post waits; what it kept is there when it comes back."""
    host, daemon = world.hosts['lists.example'], world.daemons['lists.example']
    with waiting(world):
        equal(daemon.stop(), 0, 'status of waybilld')
        before = len(host.log())
    wait_until(lambda: host.refusal in host.log()[before:], 'a refusal for now', host)
    equal(world.sink.deliveries, [], 'deliveries')
    daemon.start()
    custody_holds(world, world.sink.take()[0])


@contextmanager
def clock(world, seconds):
    """How far waybilld's is ahead."""
    daemon = world.daemons['lists.example']
    with away(daemon):
        daemon.options = ['--now', str(int(time.time()) + seconds)]
    try:
        yield
    finally:
        with away(daemon):
            daemon.options = []


def clocks_differ(world, minutes):
    with clock(world, minutes * MINUTE):
        custody_holds(world, world.post(post(LIST), LIST))


def token_has_expired(world):
    """The post left later than anybody would wait for it."""
    with ExitStack() as later:
        with waiting(world):
            later.enter_context(clock(world, 15 * DAY))
        no_hop(world, world.sink.take()[0], 'the token is expired', chain=1)


CASES = {
    'a token of an archive, from outside': token_of_an_archive,
    'a token of an archive, by a subscriber': partial(token_of_an_archive, sender=SUBSCRIBER),
    'a token of an archive, from inside': token_of_an_archive_inside,
    'a forged token': forged_token,
    "an edit of another's post": edit_of_anothers_post,
    'the same post twice': the_same_post_twice,
    'the spool is deleted': spool_is_deleted,
    'an arrival is cut': partial(arrival_is_damaged, damage=cut, why='the kept arrival is cut'),
    'an arrival cannot be read': partial(arrival_is_damaged, damage=make_unreadable,
                                         why='the arrival cannot be read: Is a directory'),
    'a token has expired': token_has_expired,
    'the spool is full': spool_is_full,
    'waybilld is restarted while a post waits': waybilld_is_restarted,
    'a clock is ten minutes ahead': partial(clocks_differ, minutes=10),
    'a clock is ten minutes behind': partial(clocks_differ, minutes=-10),
}


def main():
    enter(BUILD, MTA.kind)
    tests = Tests()
    with World(BUILD, ('author.example', 'lists.example'), mta=MTA) as world:
        world.hosts['lists.example'].make_mlmmj('cooks', [SUBSCRIBER])
        tests.add_all(CASES, world)
        return tests.run(world.tell)


if __name__ == '__main__':
    sys.exit(main())
