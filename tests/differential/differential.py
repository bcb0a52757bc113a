#!/usr/bin/python3
"""differential.py PEER WAYBILL [PROGRAM]: the command and another implementation judge each other.

We sign, the peer verifies; the peer signs, we verify; both judge what was changed by one octet;
both seal a chain in turns, and judge it at each hop. The messages are those of shapes.py, the same
number of each kind: WAYBILL_CASES for each direction (500), from the seed WAYBILL_SEED, which is
printed. A message that fails is saved. Prints TAP, a case for each kind and direction.
"""

import base64
import math
import os
import random
import re
import subprocess
import sys
import zlib
from collections import Counter
from functools import partial
from pathlib import Path

import peers
import shapes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'conformance'))
from harness import Tests, Waybill, Workshop, dkim_results, equal, fields  # noqa: E402

CASES = int(os.environ.get('WAYBILL_CASES', '500'))
SEED = os.environ.get('WAYBILL_SEED', '2026')
NOW = 1795168800  # for all: a seed repeats every octet
DOMAIN = 'author.example'
SELECTORS = {'rsa-sha256': 'r', 'ed25519-sha256': 'e'}
HOPS = ['one.example', 'two.example', 'three.example', 'four.example', 'five.example']

# --- disagreements over a changed message -------------------------------------------------------


def header_lines(message):
    """Those of the header, unfolded only where CRLF folds them."""
    return re.split(rb'\r\n(?![ \t])', message.partition(b'\r\n\r\n')[0])


def breaks_a_field(message, *_):
    """A line is neither a field nor the rest of one, or holds a lone CR or LF."""
    return any(not re.match(rb'[!-9;-~]+[ \t]*:', line) or
               re.search(rb'\r(?!\n)|(?<!\r)\n', line) for line in header_lines(message))


def has_other_white(message, *_):
    return any(re.search(rb'[\v\f]', line) for line in header_lines(message))


def parts_name_and_colon(message, _, theirs):
    return any(re.match(rb'[!-9;-~]+[ \t]+:', line) for line in header_lines(message)) and \
        any('MessageFormatError' in word for word in theirs)


def names_with_semicolon(message, _, theirs):
    return any(re.match(rb'[^:]*;.*:', line) for line in header_lines(message)) and \
        theirs == ['fail (Syntax error)']


def breaks_a_tag(_, ours, theirs):
    """A signature that we cannot read, and they make something of."""
    return any(re.search('octet|CR or LF|base64|is no |names no', why) for why in ours) and \
        'pass' in theirs


def refuses_all(_, ours, theirs):
    """One of two signatures cannot be read, and they refuse the other with it."""
    return len(ours) > len(theirs) and theirs == ['fail (Syntax error)']


def has_no_word_for_ended(_, ours, theirs):
    return 'cv=fail' in str(ours[0]) and theirs == ['none']


# What may differ: a test of the changed message, our words, theirs; what a standard says.
EXPLAINED = [
    (breaks_a_field, 'RFC 5322 section 2.2: a field begins with a name of printable US-ASCII and a '
                     'colon, and section 2.3: CR and LF MUST only occur together. What is no field '
                     'ends our header; a peer skips it, goes on, or refuses the message'),
    (has_other_white, 'RFC 6376 section 2.8: WSP is space and tab; peers reduce a vertical tab or '
                      'a form feed as well'),
    (parts_name_and_colon, 'RFC 5322 section 4.5: white space may stand before the colon; dkimpy '
                           'refuses the message'),
    (names_with_semicolon, 'RFC 5322 section 2.2 has no objection to a semicolon in the name of a '
                           'field that is not signed; libopendkim refuses the message'),
    (breaks_a_tag, 'RFC 6376 section 6.1.1: any unexpected value MUST cause the header field to be '
                   'completely ignored; peers skip what is not base64, or fold at a lone LF'),
    (has_no_word_for_ended, 'RFC 8617 section 5.2 step 2: a newest seal with cv=fail makes the '
                            'status "fail"; dkimpy gives no status at all'),
    (refuses_all, 'RFC 6376 section 6.1.1: the header field is ignored, not those beside it'),
]


class Trial:
    """One peer, the command, their keys."""

    def __init__(self, peer, waybill, workshop, keys, dns):
        self.peer = peer
        self.waybill = waybill
        self.workshop = workshop
        self.keys = keys
        self.dns = dns
        self.explained = Counter()

    # --- the two sides -------------------------------------------------------------------------

    def we_sign(self, message, rng):
        """Signed by one key or by all that the peer knows, with the default names or others."""
        algorithms = self.peer.algorithms
        chosen = rng.choice([algorithms, *[(a,) for a in algorithms]])
        keys = [f'--key={SELECTORS[a]}={self.keys[a]}' for a in chosen]
        names = self.names(message, rng)
        headers = [f'--headers={":".join(names)}'] if rng.random() < 0.5 else []
        signed = self.waybill.sign(message, '--dkim', '--domain', DOMAIN, '--now', NOW, *keys,
                                   *headers)
        return signed, len(chosen)

    def names(self, message, rng):
        seen = sorted({name.title() for name, _ in fields(message)} - {'From'})
        return shapes.signed_names(rng.random(), seen)

    def how(self, message, rng):
        algorithm = rng.choice(self.peer.algorithms)
        return peers.How(SELECTORS[algorithm], DOMAIN, algorithm, rng.choice(('simple', 'relaxed')),
                         rng.choice(('simple', 'relaxed')), rng.choice(self.peer.lengths),
                         tuple(self.names(message, rng)))

    def peer_signs(self, message, rng):
        return self.peer.sign(message, self.how(message, rng)) + message

    def our_record(self, message):
        return self.waybill.verify(message, self.dns, NOW)

    # --- the directions ------------------------------------------------------------------------

    def ours(self, message, rng):
        signed, n = self.we_sign(message, rng)
        equal(self.peer.verify(signed), ['pass'] * n, f'what {self.peer.name} says')

    def theirs(self, message, rng):
        try:
            signed = self.peer_signs(message, rng)
        except peers.Refused:
            return
        record = self.our_record(signed)
        equal([(s['result'], s.get('why')) for s in record['dkim']['signatures']],
              [self.peer.deserves], 'what we say')

    def changed(self, message, rng):
        if rng.random() < 0.5:
            signed, _ = self.we_sign(message, rng)
        else:
            signed = self.peer_signs(message, rng)
        # Half of the changes in the signatures and what stands near them.
        near = signed[:len(signed) - len(message) + 400] if rng.random() < 0.5 else signed
        changed = shapes.change(rng.random(), near) + signed[len(near):]
        record = self.our_record(changed)
        says = self.peer.verify(changed)
        ours = dkim_results(record).count('pass')
        theirs = sum(word == 'pass' for word in says)
        whys = [s.get('why', s['result']) for s in record['dkim']['signatures']]
        self.agree(changed, ours, theirs, whys, says)

    def agree(self, message, ours, theirs, whys, says):
        if ours == theirs:
            return
        for may_differ, sentence in EXPLAINED:
            if may_differ(message, whys, says):
                self.explained[sentence] += 1
                return
        file = self.workshop.keep(f'{zlib.crc32(message):08x}.eml', message)
        raise AssertionError(f'{file}: we say {whys}, {self.peer.name} says {says}')

    # --- chains --------------------------------------------------------------------------------

    def we_seal(self, message, at):
        return self.waybill.sign(message, '--arc', '--domain', at, '--authserv-id', at,
                                 '--now', NOW, '--dns', self.dns,
                                 f'--key=r={self.keys["rsa-sha256"]}')

    def peer_seals(self, message, at, cv):
        message = f'Authentication-Results: {at}; arc={cv}\r\n'.encode() + message
        how = peers.How('r', at, 'rsa-sha256', 'relaxed', 'relaxed', False, ())
        return self.peer.seal(message, how, cv) + message

    def judge_chain(self, message):
        record = self.our_record(message)
        ours, says = record['arc']['result'], self.peer.chain(message)
        theirs = says if says in ('pass', 'none') else 'fail'
        self.agree(message, ours, theirs, [record['arc'].get('why', ours)], [says])
        return ours

    def hop(self, message, at, cv, rng):
        """The message as it leaves a hop that judged its chain so."""
        message = f'Received: by {at}\r\n'.encode() + message
        if rng.random() < 0.5:
            return self.we_seal(message, at)
        return self.peer_seals(message, at, cv)

    def chain_of(self, message, hops, rng):
        for at in hops:
            cv = self.judge_chain(message)
            equal(cv, 'none' if at == HOPS[0] else 'pass', f'the chain at {at}')
            message = self.hop(message, at, cv, rng)
        equal(self.judge_chain(message), 'pass', 'the chain at its end')
        return message

    def chain(self, message, rng):
        message = self.chain_of(message, HOPS[:rng.randrange(1, len(HOPS) + 1)], rng)
        self.judge_chain(shapes.change(rng.random(), message))

    def broken_chain(self, message, rng):
        """Broken on the way, sealed cv=fail by the next, not extended by us after that."""
        n = rng.randrange(1, len(HOPS))
        message = self.chain_of(message, HOPS[:n], rng) + b'-- \r\nlist footer\r\n'
        equal(self.judge_chain(message), 'fail', 'the broken chain')
        message = self.hop(message, HOPS[n], 'fail', rng)
        equal(self.judge_chain(message), 'fail', 'the chain that ended')
        run = self.waybill.run('sign', '--arc', '--domain', DOMAIN, '--now', NOW, '--dns', self.dns,
                               f'--key=r={self.keys["rsa-sha256"]}', message=message)
        equal((run.returncode, run.stdout), (1, b''), 'status and output beyond the end')


def run_kind(trial, direction, kind, n):
    """Messages of one kind in one direction; the first failure is told and its message saved."""
    for i in range(n):
        seed = f'{SEED}/{kind}/{i}'
        message = shapes.make(seed, kind)
        try:
            direction(trial, message, random.Random(seed + direction.__name__))
        except Exception as error:
            file = trial.workshop.keep(f'{direction.__name__}-{kind}-{i}.eml', message)
            raise AssertionError(f'seed {seed}, message {file}: {error}') from error


# Keys of these tests and of nothing else, in our form and in the peers'.
RSA = Path(__file__).resolve().parent / 'rsa.pem'
ED25519 = base64.b64encode(b'thirty-two octets of these tests')


def make_keys(waybill, workshop):
    ours = {'rsa-sha256': workshop.key('rsa.pem', RSA.read_text()),
            'ed25519-sha256': workshop.key('ed25519.seed', ED25519.decode())}
    pem = workshop.folder / 'ed25519.pem'
    pkcs8 = bytes.fromhex('302e020100300506032b657004220420') + base64.b64decode(ED25519)
    subprocess.run(['openssl', 'pkey', '-inform', 'DER', '-out', pem], input=pkcs8, check=True)
    texts = {a: waybill.key_record(file) for a, file in ours.items()}
    records = {f'{SELECTORS[a]}._domainkey.{domain}': texts[a]
               for a in SELECTORS for domain in (DOMAIN, *HOPS)}
    return ours, peers.Keys(ours['rsa-sha256'], pem, ED25519, records, NOW)


# What is tried with a peer that has these calls, and what share of the cases.
DIRECTIONS = [
    ('we sign, {} verifies', Trial.ours, 'verify', 1),
    ('{} signs, we verify', Trial.theirs, 'sign', 1),
    ('we and {} judge what was changed', Trial.changed, 'verify', 1),
    ('we and {} seal and judge chains', Trial.chain, 'seal', 0.25),
    ('we and {} end a broken chain', Trial.broken_chain, 'seal', 0.1),
]


def add_tests(tests, trial):
    for title, direction, call, share in DIRECTIONS:
        n = math.ceil(CASES * share / len(shapes.KINDS))
        if hasattr(trial.peer, call):
            for kind, name in enumerate(shapes.NAMES):
                tests.add(f'{title.format(trial.peer.name)}: {name} ({n})',
                          partial(run_kind, trial, direction, kind, n))


def add_explanations(tests, trial):
    """The last word on a peer: how often it differed from us, and why it may."""
    def tell():
        for sentence, n in trial.explained.items():
            print(f'# {n} times: {sentence}')

    if hasattr(trial.peer, 'verify'):
        tests.add(f'where {trial.peer.name} and we differ, a standard says why', tell)


PEERS = {
    'dkimpy': [peers.Dkimpy],
    'mail-dkim': [peers.MailDkim],
    'opendkim': [peers.OpenDkim, peers.OpenDkimTestmsg],
}


def open_peers(kinds, *arguments):
    """Those that are here, and (name, reason) of those that are not."""
    there, absent = [], []
    for kind in kinds:
        try:
            there.append(kind(*arguments))
        except peers.Absent as reason:
            absent.append((kind.name, str(reason)))
    return there, absent


def main():
    name, program, *more = sys.argv[1:]
    tests = Tests()
    with Workshop('differential') as workshop:
        waybill = Waybill(program)
        ours, keys = make_keys(waybill, workshop)
        dns = workshop.answers('dns.json', {n: [text] for n, text in keys.records.items()})
        there, absent = open_peers(PEERS[name], keys, workshop.folder, *more)
        if not there:
            print(f'1..0 # SKIP {absent[0][1]}')
            return 0
        print(f'# WAYBILL_SEED={SEED} WAYBILL_CASES={CASES}')
        for peer in there:
            trial = Trial(peer, waybill, workshop, ours, dns)
            add_tests(tests, trial)
            add_explanations(tests, trial)
        for missing, reason in absent:
            tests.add(missing, partial(str, reason))
        failed = tests.run()
        for peer in there:
            peer.close()
    return failed


if __name__ == '__main__':
    sys.exit(main())
