#!/usr/bin/python3
"""test_across.py BUILD: mail arrives at a list on one host and leaves at another; what is kept in
between is in a Redis that both reach, or not. Prints TAP."""

import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from posts import LIST, custody_holds, no_hop, waiting
from servers.redis import PASSWORD, Redis
from world import (COMMON, INBOX, SELECTOR, PostfixHost, Tests, Waybilld, World, enter, equal, post,
                   within)

import manual
from postmaster import replace_service

BUILD = Path(sys.argv[1]).resolve()
ARRIVES, LEAVES = 'lists.example', 'out.lists.example'
LEAVES_NUMBER, REDIS_NUMBER = 21, 22
BIG = b'0123456789 abcdefghijklmnopqrstuvwxyz\r\n' * 20000
PAUSE = 5  # seconds after which a server that was away is tried again

OF_BOTH, FIRST_MAIN, SECOND_MAIN, SECOND_MASTER, LISTENER = manual.displays(
    'LISTS AND FORWARDERS ON TWO HOSTS')
CONFIG = re.sub(r'^(site-key|spool) = .*\n', '', COMMON, flags=re.M) + OF_BOTH
LIST_IN = f"""
authserv-id = {ARRIVES}
listener "list-in" {{ socket = "unix:SOCKETS/list-in.sock" preset = list-in lists = {ARRIVES} }}
"""
FILES = {'site.key': 'of both', 'spool.password': f'{PASSWORD}\n'}


def part(world):
    """Makes two hosts of the one that the list has."""
    ingress, daemon = world.hosts[ARRIVES], world.daemons[ARRIVES]
    ingress.run('postmulti -i postfix-custody -p stop; postmulti -i postfix-custody -e disable')
    ingress.configure(FIRST_MAIN)
    ingress.run('postfix reload')
    for name, text in FILES.items():
        daemon.write(name, text)
    daemon.kill()
    daemon.configure((CONFIG + LIST_IN).replace('SOCKETS', str(daemon.sockets)))
    daemon.start()
    egress = world.hosts[LEAVES] = PostfixHost(world.site, LEAVES, LEAVES_NUMBER)
    second_instance, _ = manual.displays('LISTS AND FORWARDERS')[3:5]
    egress.configure(second_instance + SECOND_MAIN)
    replace_service(egress.root / 'etc/postfix/master.cf', SECOND_MASTER)
    world.daemons[LEAVES] = Waybilld(
        egress, BUILD / 'waybilld', CONFIG + LISTENER.replace('/run/waybill', 'SOCKETS'),
        {**FILES, 'keys': f'{ARRIVES} {SELECTOR} key.pem\n',
         'key.pem': world.keys[ARRIVES].read_text()})
    egress.start(10026)


def over_both(world, redis):
    custody_holds(world, world.post(post(LIST, BIG), LIST), BIG)
    equal(redis.say('DBSIZE'), ':1', 'keys')


def leaves_without(world, redis):
    """What the server had is lost with it."""
    with waiting(world):
        redis.kill()
    no_hop(world, world.sink.take()[0], 'spool-server: ', chain=1, leaves=LEAVES)
    redis.start()
    time.sleep(PAUSE)


def is_empty(world, redis):
    with waiting(world):
        equal(redis.say('FLUSHALL'), '+OK', 'what it says')
    no_hop(world, world.sink.take()[0], 'the arrival is gone', chain=1, leaves=LEAVES)


def not_kept(world, why, size=BIG):
    no_hop(world, world.post(post(LIST, size), LIST), 'no token', chain=1, leaves=LEAVES)
    within(f'"{why}', world.daemons[ARRIVES].lines('not kept: it will leave without a hop')[-1],
           'the line')


def is_away(world, redis):
    redis.kill()
    not_kept(world, 'spool-server: ')
    not_kept(world, 'spool-server: ')
    redis.start()
    time.sleep(PAUSE)


def hangs(world, redis):
    redis.signal(signal.SIGSTOP)
    not_kept(world, 'spool-server: no answer')
    redis.signal(signal.SIGCONT)
    time.sleep(PAUSE)


def is_full(world, redis):
    equal(redis.say('CONFIG SET maxmemory 100kb'), '+OK', 'what it says')
    not_kept(world, 'spool-server: OOM')
    equal(redis.say('CONFIG SET maxmemory 0'), '+OK', 'what it says')


def refuses(world, redis):
    daemon = world.daemons[ARRIVES]
    daemon.write('spool.password', 'salt')
    daemon.kill()
    daemon.start()
    within('spool-server: WRONGPASS', daemon.log(), 'the log')
    not_kept(world, 'spool-server: WRONGPASS')
    check = subprocess.run(daemon.command('--check'), capture_output=True, text=True, check=False)
    equal(check.returncode, 69, 'status of --check')
    within('spool-server: WRONGPASS', check.stderr, 'what --check says')
    daemon.write('spool.password', PASSWORD)
    daemon.kill()
    daemon.start()
    check = subprocess.run(daemon.command('--check'), capture_output=True, text=True, check=False)
    equal(check.returncode, 0, f'status of --check ({check.stderr})')
    within('spool-server is on no private network', check.stderr, 'what --check says')


def site_keys_differ(world, _redis):
    """The token is another site's: it is worth nothing."""
    daemon = world.daemons[LEAVES]
    daemon.write('site.key', 'of another site')
    daemon.kill()
    daemon.start()
    no_hop(world, world.post(post(LIST), LIST), 'the token is forged', chain=1, leaves=LEAVES)
    daemon.write('site.key', FILES['site.key'])
    daemon.kill()
    daemon.start()


def then_holds(fault, world, redis):
    """What was wrong is over as soon as it is mended."""
    fault(world, redis)
    custody_holds(world, world.post(post(LIST), LIST))


CASES = {
    'arrives here, leaves there': over_both,
    'the server is lost while a post waits': partial(then_holds, leaves_without),
    'the server is emptied while a post waits': partial(then_holds, is_empty),
    'the server is away when a post arrives': partial(then_holds, is_away),
    'the server does not answer': partial(then_holds, hangs),
    'the server is full': partial(then_holds, is_full),
    'the server refuses the password': partial(then_holds, refuses),
    'the hosts have different site keys': partial(then_holds, site_keys_differ),
}


def main():
    enter(BUILD, 'redis')
    tests = Tests()
    with World(BUILD, ('author.example', ARRIVES)) as world:
        world.hosts[ARRIVES].make_mlmmj('cooks', [f'bob@{INBOX}'])
        redis = Redis(world.site, REDIS_NUMBER).start()
        part(world)
        tests.add_all(CASES, world, redis)
        return tests.run(world.tell)


if __name__ == '__main__':
    sys.exit(main())
