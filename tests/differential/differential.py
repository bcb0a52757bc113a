#!/usr/bin/python3
"""differential.py PEER WAYBILL [PROGRAM]: the command and another implementation judge each other.

We sign, the peer verifies; the peer signs, we verify; both judge what was changed by one octet;
both seal a chain in turns, and judge it at each hop. The messages are those of shapes.py, the same
number of each kind: WAYBILL_CASES for each direction (500), from the seed WAYBILL_SEED, which is
printed. A message that fails is saved. Prints TAP, a case for each kind and direction.
"""

import base64
import os
import random
import re
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import peers
import shapes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'conformance'))
from harness import Tests, Waybill, Workshop, dkim_results, equal, fields  # noqa: E402

CASES = int(os.environ.get('WAYBILL_CASES', '500'))
SEED = os.environ.get('WAYBILL_SEED', '2026')
NOW = int(time.time())  # peers sign with no other time
DOMAIN = 'author.example'
SELECTORS = {'rsa-sha256': 'r', 'ed25519-sha256': 'e'}
HOPS = ['one.example', 'two.example', 'three.example', 'four.example', 'five.example']

# --- disagreements over a changed message -----------------------------------------------------------


def breaks_a_field(message, *_):
    """A line of the header is neither a field nor the rest of one, or a lone CR or LF is in it."""
    header = re.split(rb'\r\n\r\n', message, maxsplit=1)[0]
    lines = re.split(rb'\r\n(?![ \t])', header)
    return not all(re.match(rb'[!-9;-~]+[ \t]*:', line) for line in lines) or \
        re.search(rb'\r(?!\n)|(?<!\r)\n', header)


def breaks_a_tag(_, ours, theirs):
    """A signature that we cannot read, and they make something of."""
    return any(re.search('octet|CR or LF|base64|is no |names no', why) for why in ours) and \
        'pass' in theirs


def refuses_all(_, ours, theirs):
    """One of two signatures cannot be read, and they refuse the other with it."""
    return len(ours) > len(theirs) and theirs == ['fail (Syntax error)']


# What may differ, and why: a test of the changed message, our words and theirs; what a standard says.
EXPLAINED = [
    (breaks_a_field, 'RFC 5322 section 2.2: a field begins with a name of printable US-ASCII and a '
                     'colon, and section 2.3: CR and LF MUST only occur together. What is no field '
                     'ends our header; a peer skips it, goes on, or refuses the message'),
    (breaks_a_tag, 'RFC 6376 section 6.1.1: any unexpected value MUST cause the header field to be '
                   'completely ignored; peers skip what is not base64, or fold at a lone LF'),
    (refuses_all, 'RFC 6376 section 6.1.1: the header field is ignored, not those beside it'),
]


def explained(message, ours, theirs):
    return any(may_differ(message, ours, theirs) for may_differ, _ in EXPLAINED)


class Trial:
    """One peer, the command, their keys."""

    def __init__(self, peer, waybill, workshop, keys, dns):
        self.peer = peer
        self.waybill = waybill
        self.workshop = workshop
        self.keys = keys
        self.dns = dns

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
        record = self.our_record(self.peer_signs(message, rng))
        equal([(s['result'], s.get('why')) for s in record['dkim']['signatures']],
              [('pass', None)], 'what we say')

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
        if ours != theirs and not explained(message, whys, says):
            file = self.workshop.keep('disagreement.eml', message)
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

    def chain(self, message, rng):
        for at in HOPS[:rng.randrange(1, len(HOPS) + 1)]:
            cv = self.judge_chain(message)
            equal(cv, 'none' if at == HOPS[0] else 'pass', f'the chain at {at}')
            message = f'Received: by {at}\r\n'.encode() + message
            if rng.random() < 0.5:
                message = self.we_seal(message, at)
            else:
                message = self.peer_seals(message, at, cv)
        equal(self.judge_chain(message), 'pass', 'the chain at its end')
        self.judge_chain(shapes.change(rng.random(), message))


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


def make_keys(waybill, workshop):
    """Keys of our own making, in our form and in the peers'."""
    ours = {a: workshop.folder / f'{a}.pem' for a in SELECTORS}
    texts = {a: waybill.new_key(file, a.partition('-')[0]) for a, file in ours.items()}
    records = {f'{SELECTORS[a]}._domainkey.{domain}': texts[a]
               for a in SELECTORS for domain in (DOMAIN, *HOPS)}
    rsa = workshop.folder / 'rsa.pem'
    subprocess.run(['openssl', 'pkey', '-traditional', '-in', ours['rsa-sha256'], '-out', rsa],
                   check=True)
    pem = ours['ed25519-sha256'].read_text().splitlines()
    seed = base64.b64encode(base64.b64decode(''.join(pem[1:-1]))[-32:])
    return ours, peers.Keys(rsa, ours['ed25519-sha256'], seed, records)


def add_tests(tests, trial):
    directions = [
        (f'we sign, {trial.peer.name} verifies', Trial.ours, 1),
        (f'{trial.peer.name} signs, we verify', Trial.theirs, 1),
        ('both judge what was changed', Trial.changed, 1),
    ]
    if trial.peer.seals:
        directions.append(('both seal and judge chains', Trial.chain, 4))
    for title, direction, share in directions:
        n = max(1, -(-CASES // (share * len(shapes.KINDS))))
        for kind, name in enumerate(shapes.NAMES):
            tests.add(f'{title}: {name} ({n})', partial(run_kind, trial, direction, kind, n))


PEERS = {'dkimpy': peers.Dkimpy, 'mail-dkim': peers.MailDkim, 'opendkim': peers.OpenDkim}


def main():
    name, program, *more = sys.argv[1:]
    tests = Tests()
    print(f'# WAYBILL_SEED={SEED} WAYBILL_CASES={CASES}')
    with Workshop('differential') as workshop:
        waybill = Waybill(program)
        ours, keys = make_keys(waybill, workshop)
        dns = workshop.answers('dns.json', {n: [text] for n, text in keys.records.items()})
        try:
            peer = PEERS[name](keys, workshop.folder, *more)
        except peers.Absent as absent:
            peers.skip(absent)
        add_tests(tests, Trial(peer, waybill, workshop, ours, dns))
        failed = tests.run()
        peer.close()
    return failed


if __name__ == '__main__':
    sys.exit(main())
