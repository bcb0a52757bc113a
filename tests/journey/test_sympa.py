#!/usr/bin/python3
"""test_sympa.py BUILD: a post passes Sympa of Debian, as it is, and keeps its custody. Prints TAP."""

import sys
from functools import partial
from pathlib import Path

from posts import changes, custody_holds
from servers.sympa import Sympa
from world import BODY, INBOX, PostfixHost, Tests, World, enter, equal, post, within

BUILD = Path(sys.argv[1]).resolve()
DOMAINS = 'author.example', 'lists.example', 'home.example'


def passed(world, name, shows, changed, line='policy=reject decision=deliver'):
    """The list is proved to have made these changes, and with that the receiver takes the post."""
    delivery = world.post(post(f'{name}@lists.example'), f'{name}@lists.example')
    within(f'\r\nSubject: [{name}] Bread\r\n'.encode(), delivery.octets, 'what arrived')
    within(shows, delivery.octets, 'what arrived')
    equal(changes(custody_holds(world, delivery)), changed, 'what was changed')
    within(line, world.line('home.example', 'in'), 'the line')


def one_by_one(world):
    """Each copy has a MAIL FROM that names its subscriber."""
    code, reply = world.submit(post('verp@lists.example'), 'verp@lists.example')
    equal(code, 250, f'reply ({reply})')
    for delivery in world.sink.take(2):
        [recipient] = delivery.recipients
        within(recipient.replace('@', '==a=='), delivery.sender, 'the sender')
        custody_holds(world, delivery)


JOURNEYS = {
    'a tag and a footer': partial(
        passed, name='cooks', shows=BODY + b'-- \r\nTo leave cooks: write to us\r\n',
        changed=['subject tag', 'footer']),
    'a footer as a part of its own': partial(
        passed, name='parts', shows=b'\r\nContent-type: multipart/mixed;',
        changed=['subject tag', 'MIME wrap']),
    'From of the list': partial(
        passed, name='munged',
        shows=b'\r\nFrom: "alice" (via munged Mailing List) <munged@lists.example>\r\n',
        changed=['From rewritten', 'subject tag', 'footer'],
        line='dkim2=pass hops=2 dkim2-d=author.example'),
    'VERP': one_by_one,
}


def main():
    enter(BUILD, 'sympa')
    tests = Tests()
    with World(BUILD, DOMAINS, mta=partial(PostfixHost, kind='sympa')) as world:
        sympa = Sympa(world.hosts['lists.example'])
        sympa.make_list('cooks', ['bob@home.example'], footer_type='append')
        sympa.make_list('parts', ['bob@home.example'], footer_type='mime')
        sympa.make_list('munged', ['bob@home.example'], footer_type='append',
                        dmarc_protection='\nmode all')
        sympa.make_list('verp', [f'bob@{INBOX}', f'carol@{INBOX}'], verp_rate='100%')
        sympa.start()
        tests.add_all(JOURNEYS, world)
        return tests.run(world.tell)


if __name__ == '__main__':
    sys.exit(main())
