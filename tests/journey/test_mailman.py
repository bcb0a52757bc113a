#!/usr/bin/python3
"""test_mailman.py BUILD: a post passes Mailman 3 of Debian, as it is, and keeps its custody. Prints
TAP."""

import sys
from functools import partial
from pathlib import Path

from world import BODY, Tests, World, enter, equal, hops, post, within
from servers.mailman import Mailman

BUILD = Path(sys.argv[1]).resolve()
DOMAINS = 'author.example', 'lists.example', 'uni.example', 'home.example'
AUTHOR, LISTS, UNI = [(f'{name}.example', 'pass') for name in ('author', 'lists', 'uni')]


def tag_and_footer(world):
    """At the end of the journey, where only the chain of custody is left to speak for it."""
    delivery = world.post(post('cooks@lists.example'), 'cooks@lists.example')
    within(b'\r\nSubject: [Cooks] Bread\r\n', delivery.octets, 'what arrived')
    within(b'\r\nTo unsubscribe send an email to cooks-leave@lists.example\r\n', delivery.octets,
           'what arrived')
    record = world.record('home.example')
    equal((record['dkim2']['result'], hops(record)), ('pass', [AUTHOR, LISTS, UNI]), 'custody')
    within('policy=reject decision=deliver', world.line('home.example', 'in'), 'the line')
    equal(world.undo(delivery), BODY, "the author's body")


def main():
    enter(BUILD, 'mailman3')
    tests = Tests()
    with World(BUILD, DOMAINS) as world:
        mailman = Mailman(world.hosts['lists.example'])
        mailman.make_list('cooks', ['bob@uni.example'])
        mailman.start()
        world.hosts['lists.example'].run('postfix reload')
        tests.add('Mailman 3: a tag and a footer, then a university', partial(tag_and_footer, world))
        status = tests.run()
        if status:
            world.tell()
        return status


if __name__ == '__main__':
    sys.exit(main())
