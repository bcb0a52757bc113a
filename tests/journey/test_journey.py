#!/usr/bin/python3
"""test_journey.py BUILD MTA: mail goes from its author's provider over lists and a university to its
receiver, through software that nobody patched, on hosts with that MTA (postfix, sendmail) that were
made as the manual says. Prints TAP."""

import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import manual
from world import (BODY, ELSEWHERE, INBOX, MTAS, RECIPES, STRANGER, TOKEN, PostfixHost, Tests, World,
                   enter, equal, hops, post, wait_until, within)

BUILD, MTA = Path(sys.argv[1]).resolve(), MTAS[sys.argv[2]]
MANY, THREE = 200, ('tick', 'trick', 'track')
MIME = (b'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n'
        b'Content-Transfer-Encoding: 8bit\r\n')
EIGHT_BITS = 'Mehl, Wasser, Salz, Gewürz.\r\n'.encode() + b'.' * 998 + b'\r\n'
AUTHOR, LISTS, BAKERS, UNI = [(f'{name}.example', 'pass') for name in
                              ('author', 'lists', 'bakers', 'uni')]


def munging(address):
    """What makes mlmmj write an address into From."""
    return {'delheaders': 'From:', 'customheaders': f'From: {address}'}


def prepare(world):
    lists, bakers = world.hosts['lists.example'], world.hosts['bakers.example']
    lists.make_mlmmj('cooks', ['bob@uni.example'])
    lists.make_mlmmj('many', [f'subscriber{n}@{INBOX}' for n in range(MANY)])
    lists.make_mlmmj('munged', [f'bob@{INBOX}'], **munging('Cooks <cooks@lists.example>'))
    lists.make_mlmmj('stolen', [f'bob@{INBOX}'], **munging('President <president@bank.example>'))
    lists.make_mlmmj('first', ['second@bakers.example'])
    bakers.make_mlmmj('second', ['bob@home.example'], tocc='')
    lists.make_mlmmj('broken', ['third@bakers.example'])
    bakers.make_mlmmj('third', [f'bob@{INBOX}'], tocc='')
    lists.add_alias('dave', 'dave@home.example')
    for name, value in {'ivan': 'ivan@nowhere.example', 'old': f'x@{ELSEWHERE}',
                        'three': ', '.join(f'{name}@{INBOX}' for name in THREE)}.items():
        world.hosts['uni.example'].add_alias(name, value)
    world.hosts['author.example'].add_alias('alice', f'alice@{INBOX}')
    if MTA is PostfixHost:
        prepare_sieve(world.hosts['uni.example'], lists)


def prepare_sieve(uni, lists):
    """Where no sender is rewritten, Dovecot redirects as the manual says."""
    uni.add_user('erin', '.dovecot.sieve', 'redirect "erin@home.example";')
    uni.add_user('frank', '.dovecot.sieve', 'require "copy"; redirect :copy "frank@home.example";')
    uni.serve_sieve()
    lists.add_user('gina', '.dovecot.sieve', 'redirect "gina@home.example";')
    lists.serve_sieve(manual.displays('LISTS AND FORWARDERS')[-1])


def proved(world, delivery, chain):
    """All hops verify; the last host's waybilld said so, and the author's body can be had again."""
    record = world.record('home.example')
    equal(hops(record), chain, 'hops')
    equal(record['dkim2']['result'], 'pass', 'DKIM2')
    equal(TOKEN.search(delivery.octets), None, 'a token')
    equal(world.undo(delivery), BODY, "the author's body")
    return record


def lifted(world, record):
    """What the author's policy says is wrong for this message, and the rule says so."""
    equal([s['result'] for s in record['dkim']['signatures'] if s['domain'] == 'author.example'],
          ['fail'], "the author's DKIM signature")
    equal(record['dmarc']['result'], 'fail', 'DMARC')
    line = world.line('home.example', 'in')
    within('dmarc=fail policy=reject decision=deliver', line, 'the line')
    within('rule=custody', line, 'the line')


def list_and_university(world):
    delivery = world.post(post('cooks@lists.example'), 'cooks@lists.example')
    within(b'\r\nSubject: [cooks] Bread\r\n', delivery.octets, 'what arrived')
    within(BODY + b'-- \r\nTo leave cooks', delivery.octets, 'what arrived')
    record = proved(world, delivery, [AUTHOR, LISTS, UNI])
    lifted(world, record)
    equal(record['spf']['mail-from']['domain'], 'uni.example', 'whom SPF speaks of')
    equal([change['what'] for change in record['dkim2']['instances'][1]['changes']],
          ['subject tag', 'footer'], 'what the list changed')
    equal((record['arc']['result'], len(record['arc']['sets'])), ('pass', 2), 'the ARC chain')


def list_behind_a_list(world):
    delivery = world.post(post('first@lists.example'), 'first@lists.example')
    within(b'\r\nSubject: [second] [first] Bread\r\n', delivery.octets, 'what arrived')
    lifted(world, proved(world, delivery, [AUTHOR, LISTS, BAKERS]))


def forwarded(world, recipient, by=UNI, sender='SRS0='):
    """Nothing is changed but the envelope: the author's own signature holds as well."""
    delivery = world.post(post(recipient), recipient)
    record = proved(world, delivery, [AUTHOR, by])
    equal(record['dmarc']['result'], 'pass', 'DMARC')
    within(sender, delivery.sender, 'the sender')


def redirected_and_kept(world):
    forwarded(world, 'frank@uni.example')
    mailbox = world.hosts['uni.example'].root / 'home/frank/Maildir'
    [kept] = wait_until(lambda: list(mailbox.glob('new/*')), 'what is kept')
    within(BODY.replace(b'\r\n', b'\n'), kept.read_bytes(), 'what is kept')


def redirected_without_message_id(world):
    """Dovecot gives it one: a change like any other."""
    octets = post('erin@uni.example').replace(b'Message-ID: <bread@author.example>\r\n', b'')
    delivery = world.post(octets, 'erin@uni.example')
    within(b'\r\nMessage-ID: <dovecot-sieve-', delivery.octets, 'what arrived')
    record = proved(world, delivery, [AUTHOR, UNI])
    equal(record['dkim2']['instances'][1]['changes'],
          [{'what': 'field added', 'name': 'message-id'}], 'what Dovecot changed')


def forwarded_without_srs(world):
    delivery = world.post(post('dave@lists.example'), 'dave@lists.example')
    equal(delivery.sender, 'alice@author.example', 'the sender')
    record = world.record('home.example')
    equal(record['spf']['mail-from']['result'], 'fail', 'SPF')
    equal([domain for domain, _ in hops(record)], ['author.example'], 'hops')
    line = world.line('lists.example', 'list-out')
    within('dkim2=unsigned', line, 'the line')
    within('rewrite it (SRS), or set next-domains', line, 'the line')


def an_alias_of_three(world):
    """Each copy names whom it is for, and nobody else."""
    world.submit(post('three@uni.example'), 'three@uni.example')
    deliveries = world.sink.take(len(THREE))
    for delivery in deliveries:
        equal(hops(world.judge(delivery)), [AUTHOR, UNI], 'hops')
        equal(len(delivery.recipients), 1, 'recipients of a copy')
    equal({delivery.recipients[0] for delivery in deliveries}, {f'{n}@{INBOX}' for n in THREE},
          'recipients')


def to_seven_bits(world):
    """What was signed is not converted for who does not announce 8BITMIME."""
    delivery = world.post(MIME + post('old@uni.example', EIGHT_BITS), 'old@uni.example',
                          sink=world.old_sink)
    equal(hops(world.judge(delivery)), [AUTHOR, UNI], 'hops')
    equal(world.undo(delivery), EIGHT_BITS, "the author's body")


def bounced_at_the_end(world):
    """The sender that was written finds back to its author."""
    sender = world.post(post('bob@uni.example'), 'bob@uni.example').sender
    octets = post(sender, b'Not here.\r\n', 'postmaster@home.example')
    bounce = world.post(octets, sender, sender='', domain='uni.example', source=STRANGER)
    equal((bounce.sender, bounce.recipients), ('', [f'alice@{INBOX}']), 'the bounce')


def bounced(world):
    """By the instance behind, which knows nobody of the domain: the author hears of it."""
    delivery = world.post(post('ivan@uni.example'), 'ivan@uni.example')
    equal((delivery.sender, delivery.recipients), ('', [f'alice@{INBOX}']), 'the envelope')
    within(b'\r\nfinal-recipient: rfc822; ivan@nowhere.example\r\n', delivery.octets.lower(),
           'what arrived')


@contextmanager
def unfiltered(world, domain):
    """A host lets mail pass while its waybilld is away."""
    host, daemon = world.hosts[domain], world.daemons[domain]
    host.without_filter('accept')
    daemon.stop()
    try:
        yield
    finally:
        daemon.start()
        host.without_filter('tempfail')


def without_waybilld(world):
    """The hop is not there, and nobody says that it is: the author's DKIM carries the message."""
    with unfiltered(world, 'uni.example'):
        delivery = world.post(post('bob@uni.example'), 'bob@uni.example')
    equal(delivery.octets.count(b'\r\nDKIM2-Signature:'), 1, 'hops')
    line = world.line('home.example', 'in')
    within('dkim2=fail', line, 'the line')
    within('decision=deliver', line, 'the line')


def broken_hop(world):
    """A list changed the post and nobody recorded it: the next one puts no hop on what does not
    verify, and says so."""
    with unfiltered(world, 'lists.example'):
        delivery = world.post(post('broken@lists.example'), 'broken@lists.example')
    within(b'\r\nSubject: [third] [broken] Bread\r\n', delivery.octets, 'what arrived')
    equal(hops(world.judge(delivery)), [('author.example', 'fail')], 'hops')
    within('dkim2=fail', world.line('bakers.example', 'list-in'), 'the line')
    within('dkim2=unsigned dkim2-why="FAIL: ', world.line('bakers.example', 'list-out'), 'the line')


def from_is_rewritten(world):
    """Who brings a From of its own domain vouches for it: its hop says what it was before."""
    delivery = world.post(post('munged@lists.example'), 'munged@lists.example')
    within(b'\r\nFrom: Cooks <cooks@lists.example>\r\n', delivery.octets, 'what arrived')
    record = world.judge(delivery)
    equal((record['dkim2']['result'], hops(record)), ('pass', [AUTHOR, LISTS]), 'custody')


def from_is_anothers(world):
    """For a From of elsewhere the list cannot vouch: there is no hop, and the line says why."""
    delivery = world.post(post('stolen@lists.example'), 'stolen@lists.example')
    within(b'\r\nFrom: President <president@bank.example>\r\n', delivery.octets, 'what arrived')
    equal(delivery.octets.count(b'\r\nDKIM2-Signature:'), 1, 'hops')
    within('dkim2=unsigned dkim2-why="From is not Authentic',
           world.line('lists.example', 'list-out'), 'the line')


def many_subscribers(world):
    """All copies are undone by one recipe, which is made once."""
    made = world.number('lists.example', RECIPES)
    code, reply = world.submit(post('many@lists.example'), 'many@lists.example')
    equal(code, 250, f'reply ({reply})')
    deliveries = world.sink.take(MANY)
    for delivery in deliveries:
        record = world.judge(delivery)
        equal((record['dkim2']['result'], hops(record)), ('pass', [AUTHOR, LISTS]), 'custody')
        [recipient] = delivery.recipients
        equal(record['dkim2']['hops'][1]['rcpt-to'], [f'<{recipient}>'], 'rt= of a copy')
    equal(len({delivery.recipients[0] for delivery in deliveries}), MANY, 'subscribers')
    equal(world.number('lists.example', RECIPES) - made, 1, 'recipes')


JOURNEYS = {
    'over a list and a university': list_and_university,
    'over a list and another one': list_behind_a_list,
    'over an alias': partial(forwarded, recipient='bob@uni.example'),
    'over a .forward': partial(forwarded, recipient='carol@uni.example'),
    'over an alias where no sender is rewritten': forwarded_without_srs,
    'over an alias of three': an_alias_of_three,
    'over an alias to a host that takes seven bits': to_seven_bits,
    'over an alias, and back': bounced_at_the_end,
    'over an alias to nowhere, and back': bounced,
    'over a host whose waybilld is away': without_waybilld,
    'over a list whose waybilld is away, and another one': broken_hop,
    'over a list that writes itself into From': from_is_rewritten,
    'over a list that writes somebody else into From': from_is_anothers,
    f'to {MANY} subscribers': many_subscribers,
}
# By Dovecot, which is beside Postfix.
SIEVE = {
    'over a sieve redirect': partial(forwarded, recipient='erin@uni.example'),
    'over a sieve redirect that keeps a copy': redirected_and_kept,
    'over a sieve redirect that adds a Message-ID': redirected_without_message_id,
    "over a sieve redirect in the postmaster's name":
        partial(forwarded, recipient='gina@lists.example', by=LISTS,
                sender='postmaster@lists.example'),
}


def main():
    enter(BUILD, MTA.kind)
    tests = Tests()
    with World(BUILD, mta=MTA) as world:
        prepare(world)
        tests.add_all({**JOURNEYS, **(SIEVE if MTA is PostfixHost else {})}, world)
        return tests.run(world.tell)


if __name__ == '__main__':
    sys.exit(main())
