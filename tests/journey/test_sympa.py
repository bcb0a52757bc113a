#!/usr/bin/python3
"""test_sympa.py BUILD: a post passes Sympa of Debian, as it is, and keeps its custody. Prints TAP."""

import sys
from functools import partial
from pathlib import Path

from world import BODY, INBOX, Tests, World, enter, equal, hops, post, within
from servers.sympa import Sympa

BUILD = Path(sys.argv[1]).resolve()
DOMAINS = 'author.example', 'lists.example', 'home.example'
CHAIN = [('author.example', 'pass'), ('lists.example', 'pass')]


def passed(world, name, shows, changes):
    """The list is proved to have made these changes, and fields of its own; without them the message
    is the author's."""
    delivery = world.post(post(f'{name}@lists.example'), f'{name}@lists.example')
    within(shows, delivery.octets, 'what arrived')
    record = world.record('home.example')
    equal((record['dkim2']['result'], hops(record)), ('pass', CHAIN), 'custody')
    equal([change['what'] for change in record['dkim2']['instances'][1]['changes']
           if change['what'] != 'field added'], changes, 'what the list changed')
    equal(world.undo(delivery), BODY, "the author's body")


def lifted(world, name, shows, changes):
    """What the author signed is broken, and nothing but custody speaks for it."""
    passed(world, name, shows, changes)
    signatures = world.record('home.example')['dkim']['signatures']
    equal([s['result'] for s in signatures if s['domain'] == 'author.example'], ['fail'],
          "the author's DKIM signature")
    within('policy=reject decision=deliver', world.line('home.example', 'in'), 'the line')


def one_by_one(world):
    """Each copy has a MAIL FROM that names its subscriber."""
    code, reply = world.submit(post('verp@lists.example'), 'verp@lists.example')
    equal(code, 250, f'reply ({reply})')
    for delivery in world.sink.take(2):
        [recipient] = delivery.recipients
        within(recipient.replace('@', '==a=='), delivery.sender, 'the sender')
        record = world.judge(delivery)
        equal((record['dkim2']['result'], hops(record)), ('pass', CHAIN), 'custody')


JOURNEYS = {
    'Sympa: a tag and a footer': partial(
        lifted, name='cooks', shows=BODY + b'-- \r\nTo leave cooks: write to us\r\n',
        changes=['subject tag', 'footer']),
    'Sympa: a footer as a part of its own': partial(
        lifted, name='parts', shows=b'\r\nContent-type: multipart/mixed;',
        changes=['subject tag', 'MIME wrap']),
    'Sympa: its DMARC protection': partial(
        passed, name='munged',
        shows=b'\r\nFrom: "alice" (via munged Mailing List) <munged@lists.example>\r\n',
        changes=['From rewritten', 'subject tag', 'footer']),
    'Sympa: VERP': one_by_one,
}


def main():
    enter(BUILD, 'sympa')
    tests = Tests()
    with World(BUILD, DOMAINS, kinds={'lists.example': 'sympa'}) as world:
        sympa = Sympa(world.hosts['lists.example'])
        sympa.make_list('cooks', ['bob@home.example'], footer_type='append')
        sympa.make_list('parts', ['bob@home.example'], footer_type='mime')
        sympa.make_list('munged', ['bob@home.example'], footer_type='append',
                        dmarc_protection='\nmode all')
        sympa.make_list('verp', [f'bob@{INBOX}', f'carol@{INBOX}'], verp_rate='100%')
        sympa.start()
        for name, test in JOURNEYS.items():
            tests.add(name, partial(test, world))
        status = tests.run()
        if status:
            world.tell()
        return status


if __name__ == '__main__':
    sys.exit(main())
