#!/usr/bin/python3
"""test_mailman.py BUILD: posts pass Mailman 3 of Debian, as it is, and what it does to them can be
undone; or there is no hop, and the log says why. Prints TAP."""

import email
import sys
from functools import partial
from pathlib import Path

from posts import changes, custody_holds, no_hop
from servers.mailman import Mailman
from world import BODY, INBOX, RECIPES, Tests, World, enter, equal, hops, post, within

BUILD = Path(sys.argv[1]).resolve()
DOMAINS = 'author.example', 'lists.example', 'home.example'
BOB, CAROL = f'bob@{INBOX}', f'carol@{INBOX}'

# Subscribers, and what is set in Mailman's shell.
OF_LISTS = {
    'cooks': (['bob@home.example'], ''),
    'munged': (['bob@home.example'], 'm.dmarc_mitigate_action = DMARCMitigateAction.munge_from'),
    'wrapped': (['bob@home.example'],
                'm.dmarc_mitigate_action = DMARCMitigateAction.wrap_message'),
    'filtered': ([BOB], 'm.filter_content = True\nm.filter_types = ["application"]'),
    'held': ([BOB], 'm.default_nonmember_action = Action.hold'),
    'personal': ([BOB, CAROL], 'm.personalize = Personalization.full'),
}

PLAIN = b'Content-Type: text/plain\r\n\r\n' + BODY
HTML = b'Content-Type: text/html\r\n\r\n<p>Flour, water, salt.</p>\r\n'
RYE = b'MDEyMzQ1Njc4OSBydWUgYW5kIHJ5ZQ==\r\n'


def multipart(to, kind, *parts):
    """A message that has these parts, and its body."""
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=of-bread\r\n'.encode()
    body = b''.join(b'--of-bread\r\n' + part for part in parts) + b'--of-bread--\r\n'
    return head + post(to, body), body


def attached(lines):
    return multipart('filtered@lists.example', 'mixed', PLAIN,
                     b'Content-Type: application/octet-stream\r\n'
                     b'Content-Transfer-Encoding: base64\r\n\r\n' + RYE * lines)


def tag_and_footer(world):
    """The receiver does what DMARC asks for: only custody can speak for the post."""
    delivery = world.post(post('cooks@lists.example'), 'cooks@lists.example')
    within(b'\r\nSubject: [Cooks] Bread\r\n', delivery.octets, 'what arrived')
    within(b'\r\nTo unsubscribe send an email to cooks-leave@lists.example\r\n', delivery.octets,
           'what arrived')
    equal(changes(custody_holds(world, delivery)), ['subject tag', 'footer'], 'what was changed')
    within('dmarc=fail policy=reject decision=deliver', world.line('home.example', 'in'),
           'the line')


def footer_around_html(world):
    """It becomes a part beside the post, which becomes a part itself."""
    octets, body = multipart('cooks@lists.example', 'alternative', PLAIN, HTML)
    record = custody_holds(world, world.post(octets, 'cooks@lists.example'), body)
    equal(changes(record), ['subject tag', 'MIME wrap'], 'what was changed')


def footer_behind_parts(world):
    octets, body = multipart('cooks@lists.example', 'mixed', PLAIN, HTML)
    record = custody_holds(world, world.post(octets, 'cooks@lists.example'), body)
    equal(changes(record), ['subject tag', 'footer'], 'what was changed')


def from_is_munged(world):
    """The list answers for its From, and says whose it was."""
    delivery = world.post(post('munged@lists.example'), 'munged@lists.example')
    within(b'\r\nFrom: alice--- via Munged <munged@lists.example>\r\n', delivery.octets,
           'what arrived')
    equal(changes(custody_holds(world, delivery)), ['From rewritten', 'subject tag', 'footer'],
          'what was changed')
    within(b'\r\nFrom: alice@author.example\r\n', world.undone(delivery), 'what she sent')
    line = world.line('home.example', 'in')
    within('dkim-d=lists.example', line, 'the line')
    within('from=lists.example', line, 'the line')
    within('dmarc=none decision=deliver', line, 'the line')


def post_is_enclosed(world):
    """In a message of the list's own, which has a custody of its own; Mailman puts her fields into
    the part, and its tag into the subject that she signed."""
    delivery = world.post(post('wrapped@lists.example'), 'wrapped@lists.example')
    equal(hops(world.record('home.example')), [('lists.example', 'pass')], 'hops')
    within('dkim2=signed custody=begins', world.line('lists.example', 'list-out'), 'the line')
    enclosed = email.message_from_bytes(delivery.octets).get_payload(0).get_payload(0)
    within('i=1; m=1;', enclosed['DKIM2-Signature'], 'her signature')
    equal(enclosed['Subject'], '[Wrapped] Bread', 'the subject')


def attachment_is_taken(world):
    """The recipe has it, and who undoes the change has it back."""
    octets, body = attached(10)
    delivery = world.post(octets, 'filtered@lists.example')
    equal(delivery.octets.count(RYE), 0, 'lines of the attachment')
    equal(changes(custody_holds(world, delivery, body)), ['subject tag', 'body changed'],
          'what was changed')


def attachment_is_in_no_recipe(world, lines, why):
    delivery = world.post(attached(lines)[0], 'filtered@lists.example')
    within(BODY + b'_____', delivery.octets, 'what arrived')
    equal(delivery.octets.count(RYE), 0, 'lines of the attachment')
    no_hop(world, delivery, why, chain=1)
    within('dkim=signed', world.line('lists.example', 'list-out'), 'the line')


def attachment_is_kept_back(world):
    """By an operator who does not want to hand on what the list took away."""
    daemon = world.daemons['lists.example']
    file = daemon.folder / 'waybill.conf'
    config = file.read_text()
    daemon.configure(config.replace('preset = list-out', 'preset = list-out literals-most = 200'))
    daemon.reload()
    try:
        attachment_is_in_no_recipe(world, 10, 'the recipe would hold ')
        within('setting=literals-most', world.line('lists.example', 'list-out'), 'the line')
        custody_holds(world, world.post(post('cooks@lists.example'), 'cooks@lists.example'))
    finally:
        daemon.configure(config)
        daemon.reload()


def post_is_held(world, mailman):
    """Until a moderator accepts it; waybilld was started anew meanwhile, and has only its spool."""
    world.submit(post('held@lists.example'), 'held@lists.example')
    mailman.wait_until_held('held')
    equal(world.daemons['lists.example'].stop(), 0, 'status of waybilld')
    world.daemons['lists.example'].start()
    mailman.accept_held('held')
    [delivery] = world.sink.take()
    within(b'\r\nX-Mailman-Approved-At: ', delivery.octets, 'what arrived')
    custody_holds(world, delivery)


def mailman_is_restarted(world, mailman):
    """With a post in its queue."""
    mailman.stop()
    mailman.configure(idle=['out'])
    mailman.start()
    world.submit(post('personal@lists.example'), 'personal@lists.example')
    mailman.wait_until_queued()
    mailman.stop()
    equal(world.sink.deliveries, [], 'deliveries')
    mailman.configure()
    mailman.start()
    for delivery in world.sink.take(2):
        custody_holds(world, delivery)


def copies_differ(world):
    """To, and a footer that names who reads it: each copy has a recipe of its own."""
    made = world.number('lists.example', RECIPES)
    world.submit(post('personal@lists.example'), 'personal@lists.example')
    deliveries = world.sink.take(2)
    equal({recipient for d in deliveries for recipient in d.recipients}, {BOB, CAROL}, 'recipients')
    for delivery in deliveries:
        [to] = delivery.recipients
        within(f'\r\nTo: {to}\r\n'.encode(), delivery.octets, 'what arrived')
        within(BODY + f'This went to {to}.\r\n'.encode(), delivery.octets, 'what arrived')
        custody_holds(world, delivery)
        within(b'\r\nTo: personal@lists.example\r\n', world.undone(delivery), 'what she sent')
    equal(world.number('lists.example', RECIPES) - made, 2, 'recipes')


def cases(world, mailman):
    return {
        'a tag and a footer': partial(tag_and_footer, world),
        'a footer around HTML': partial(footer_around_html, world),
        'a footer behind the parts of a post': partial(footer_behind_parts, world),
        'From is munged': partial(from_is_munged, world),
        'a post is enclosed in one of the list': partial(post_is_enclosed, world),
        'an attachment is taken away': partial(attachment_is_taken, world),
        'an attachment too large for a recipe': partial(
            attachment_is_in_no_recipe, world, 3000, 'the recipe would need a field of about'),
        'an attachment that no recipe may hold': partial(attachment_is_kept_back, world),
        'a post is held and accepted': partial(post_is_held, world, mailman),
        'each copy differs': partial(copies_differ, world),
        'Mailman is restarted with a post in its queue': partial(mailman_is_restarted, world,
                                                                 mailman),
    }


def main():
    enter(BUILD, 'mailman3')
    tests = Tests()
    with World(BUILD, DOMAINS) as world:
        mailman = Mailman(world.hosts['lists.example'])
        mailman.make_lists(OF_LISTS)
        mailman.write_footer('personal', 'This went to $user_email.\n')
        mailman.start()
        tests.add_all(cases(world, mailman))
        return tests.run(world.tell)


if __name__ == '__main__':
    sys.exit(main())
