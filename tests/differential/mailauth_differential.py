#!/usr/bin/python3
"""mailauth_differential.py dmarc BUILD PROGRAM | verdict BUILD WAYBILL: mailauth beside ours.

dmarc: WAYBILL_CASES headers (500) with identifiers and zones of chance, of PROGRAM, dmarc_ask.
verdict: three fifths as many messages, signed, sealed and changed on the way by chance, with an
envelope, each judged whole. One seed, WAYBILL_SEED, which is printed; a case or a message that
fails is saved. Prints TAP. mailauth_peer.js is one process for all.
"""

import base64
import json
import math
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations
from pathlib import Path

import shapes
import zones

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))
sys.path.insert(0, str(HERE.parent / 'conformance'))
import mailauth  # noqa: E402
from harness import Tests, Waybill, Workshop  # noqa: E402

CASES = int(os.environ.get('WAYBILL_CASES', '500'))
SEED = os.environ.get('WAYBILL_SEED', '2026')
NOW = 1795168800
RSA = HERE / 'rsa.pem'


class Lines:
    """A process that answers a line of JSON with another."""

    def __init__(self, *command, **how):
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, **how)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question).encode() + b'\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'{self.process.args[0]} ended, status {self.process.wait()}')
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def answers(zone):
    """A zone as the text of waybill/answers.h."""
    return json.dumps({'waybill-dns': 1, 'default': 'nxdomain', 'answers': zone})


class Differences:
    """Which there were, and what explains them."""

    def __init__(self, workshop):
        self.workshop, self.seen = workshop, Counter()

    def agree(self, ours, theirs):
        """On all that we say."""
        return all(theirs.get(part) == value for part, value in ours.items())

    def compare(self, name, case, ours, ask, readings):
        """`ask` gives their verdict on a case. Where it differs, they are asked again about what
        a standard says that the case means; as few readings as can be are to explain it."""
        theirs = ask(case)
        if self.agree(ours, theirs):
            return
        apply = [r for r in readings if r.applies(case, theirs)]
        for chosen in chain.from_iterable(combinations(apply, n + 1) for n in range(len(apply))):
            if self.agree_after(chosen, case, ours, ask):
                self.seen.update(reading.sentence for reading in chosen)
                return
        file = self.workshop.keep(f'{name}.json', json.dumps(case, indent=1).encode())
        raise AssertionError(f'{file}: we say {ours}, mailauth {theirs}')

    def agree_after(self, readings, case, ours, ask):
        cases = [case]
        for reading in readings:
            cases = [meant for c in cases for meant in reading.meanings(c)]
        for meant in cases:
            theirs = ask(meant)
            for reading in readings:
                theirs = reading.words(meant, theirs)
            if not self.agree(ours, theirs):
                return False
        return True

    def tell(self):
        for sentence, n in self.seen.items():
            print(f'# {n} times: {sentence}')


@dataclass(frozen=True)
class Reading:
    sentence: str
    # A case -> what it means: itself, another, or several that all come to one.
    meanings: Callable = staticmethod(lambda case: [case])
    # Their verdict on a case -> the same, or in the words of the standard.
    words: Callable = staticmethod(lambda case, theirs: theirs)

    def applies(self, case, theirs):
        return self.meanings(case) != [case] or self.words(case, theirs) != theirs


def reading_of_records(sentence, change):
    """A reading of each DMARC record; `change` gives what it means, None: nothing at all."""
    def of(case):
        zone = []
        for entry in case['zone']:
            if entry['name'].startswith('_dmarc.') and 'data' in entry:
                meant = [m for m in map(change, entry['data']) if m is not None]
                entry = {**entry, 'data': meant or ['nothing']}
            zone.append(entry)
        return [{**case, 'zone': zone}]
    return Reading(sentence, of)


# --- DMARC alone ----------------------------------------------------------------------------------


def our_dmarc(program, case):
    said = program.ask({'from': ', '.join(case['from']), 'zone': answers(case['zone']),
                        'identifiers': ' '.join(f'{method}={standing}:{domain}' for
                                                method, standing, domain in case['identifiers'])})
    if len(said['authors']) != 1:
        return {'result': None}  # mailauth evaluates one Author Domain, or none
    author = said['authors'][0]
    aligned = [case['identifiers'][i] for i in author['aligned']]
    known = author['result'] in ('pass', 'fail')
    organization = {'organization': author['organisation']} if author['organisation'] else {}
    return {'result': author['result'], **(organization if known else {}),
            'policy': author['policy'] if known else None,
            'policy-domain': author['policy_domain'] if known else None,
            'spf': any(method == 'spf' for method, *_ in aligned),
            'dkim': sorted({domain for method, _, domain in aligned if method == 'dkim'})}


def their_dmarc(peer, case):
    passed = {m: [d for method, standing, d in case['identifiers']
                  if (method, standing) == (m, 'pass')] for m in ('spf', 'dkim')}
    said = peer.ask({'from': [zones.address_of(f) for f in case['from']], 'zone': case['zone'],
                     **passed})
    if 'reason' in said:
        return {'result': None}
    known = said['result'] in ('pass', 'fail')
    return {part: value if known or part in ('result', 'spf', 'dkim') else None
            for part, value in {'policy': None, **said}.items()}


# --- what a record means ----------------------------------------------------------------------


def tags_of(record):
    return [tag.partition('=')[::2] for tag in record.split(';')]


def is_record(record):
    return re.match(r'[vV]\s*=\s*DMARC1\s*(;|$)', record)


def with_p(record):
    if is_record(record) and not any(n.strip().lower() == 'p' for n, _ in tags_of(record)):
        return record.rstrip('; ') + '; p=none'
    return record


def in_lower_case(record):
    return re.sub(r'(;\s*)([A-Z]+)(\s*=)', lambda m: m[1] + m[2].lower() + m[3], record)


def without_repeated(record):
    seen = {name.strip().lower(): f'{name}={value}' for name, value in reversed(tags_of(record))}
    return ';'.join(list(seen.values())[::-1]) if len(seen) < len(tags_of(record)) else record


def existing(case):
    """Of names below which there is something, that they are there."""
    there = {e['name'].partition('_dmarc.')[2] for e in case['zone']
             if e['status'] in ('answered', 'nodata')}
    return [{**case, 'zone': [zones.entry(e['name'], 'A', 'nodata')
                              if e['type'] == 'A' and e['name'] in there and e['status'] !=
                              'answered' else e for e in case['zone']]}]


def whatever_failed(case):
    """All that the failing answers could have been."""
    failed = [e for e in case['zone'] if e['status'] in zones.FAILURES]
    return [{**case, 'zone': [e if e not in failed else zones.entry(e['name'], e['type'], status,
                                                                    *data) for e in case['zone']]}
            for status, *data in ANSWERS] if failed else [case]


ANSWERS = [('nxdomain',), ('nodata',), ('answered', 'v=DMARC1; p=none'),
           ('answered', 'v=DMARC1; psd=y; p=none'), ('answered', 'v=DMARC1; psd=n; p=none')]


READINGS = [
    reading_of_records('RFC 9989 section 4.7: without "p" a record "is treated as if it included '
                       '"p=none""; mailauth takes section 4.10.1 to mean no "p" too, not only a '
                       'bad one', with_p),
    reading_of_records('RFC 5234 section 2.3: the strings of a formal definition, as "v", are '
                       'without case; mailauth, when strict, goes by RFC 6376 section 3.2 for '
                       'names', in_lower_case),
    reading_of_records('RFC 9989 section 4.7: "Syntax errors in the remainder of the record MUST '
                       'be discarded in favor of default values (if any) or ignored outright"; '
                       'mailauth, when strict, discards the record where a tag stands twice',
                       without_repeated),
    reading_of_records('RFC 9989 section 4.10: "Records that do not start with a "v" tag ... are '
                       'discarded"; mailauth removes white space before it',
                       lambda record: None if record.startswith(' ') else record),
    Reading('RFC 8020 section 2: a name with something below it exists, so that "_dmarc." tells '
            'it; mailauth asks for an address', existing),
    Reading('RFC 9989 section 4.10.2: where "psd=n" ends a walk, its domain is the Organizational '
            'Domain, whatever the walk that failed would have found; mailauth waits for both',
            whatever_failed),
]


def run_dmarc(program, peer, differences, kind, n):
    for i in range(n):
        case = zones.dmarc_case(random.Random(f'{SEED}/{kind}/{i}'), kind)
        differences.compare(f'dmarc-{kind}-{i}', case, our_dmarc(program, case),
                            partial(their_dmarc, peer), READINGS)


def add_dmarc(tests, differences, peer, program):
    n = math.ceil(CASES / len(zones.DMARC_KINDS))
    for kind in zones.DMARC_KINDS:
        tests.add(f'DMARC: {kind} ({n})', partial(run_dmarc, program, peer, differences, kind, n))


# --- the whole verdict ----------------------------------------------------------------------------


def without_key(case, domain):
    """The result of a signature of a domain that has no good key; None: it has one."""
    name = f'r._domainkey.{domain}'
    entry = next(e for e in case['zone'] if e['name'] == name)
    if entry['status'] in zones.FAILURES:
        return 'temperror'
    return None if entry.get('data') == [case['key']] else 'permerror'


def by_key_first(case, theirs):
    return {**theirs, 'dkim': [[domain, without_key(case, domain) or result]
                               for domain, result in theirs['dkim']]}


def chain_by_key_first(case, theirs):
    sealers = [hop['domain'] for hop in case['hops'] if 'seals' in hop['does']]
    if theirs['arc'] == 'fail' and 'temperror' in [without_key(case, d) for d in sealers]:
        return {**theirs, 'arc': 'temperror'}
    return theirs


def temporary(peer, case, theirs):
    """A failure that would be a pass if what the DNS kept from us had passed."""
    spf = [case['spf-domain']] if theirs['spf'] == 'temperror' else []
    dkim = [d for d, _ in theirs['dkim'] if without_key(case, d) == 'temperror']
    if theirs['dmarc'] != 'fail' or not spf + dkim:
        return theirs
    best = peer.ask({'from': [f'a@{case["author"]}'], 'spf': spf, 'dkim': dkim,
                     'zone': case['zone']})
    return {**theirs, 'dmarc': 'temperror', 'policy': None} if best['result'] == 'pass' else theirs


def verdict_readings(peer):
    return [
        *READINGS,
        Reading('RFC 6376 section 6.1.2: a signature whose key does not exist, is none or is '
                'revoked is PERMFAIL, and whose key cannot be had TEMPFAIL, before anything is '
                'computed; mailauth says "neutral", or looks at the body first',
                words=by_key_first),
        Reading('RFC 8617 section 5.2: a set is validated as DKIM signatures are, so that, as '
                'above, a key that cannot be had is no failure; mailauth looks at the body first',
                words=chain_by_key_first),
        Reading('RFC 9989 section 5.4: "If one or more DNS queries required to perform DMARC '
                'validation on the message do not complete ..., the message cannot be considered '
                'to pass or fail"; mailauth minds those for DMARC records alone',
                words=partial(temporary, peer)),
    ]


class Mail:
    """Messages as they arrive, made with the command."""

    def __init__(self, waybill, workshop):
        self.waybill, self.workshop = waybill, workshop
        self.key = workshop.key('rsa.pem', RSA.read_text())
        self.record = waybill.key_record(self.key)

    def zone(self, entries):
        file = self.workshop.folder / 'zone.json'
        file.write_text(answers(entries))
        return file

    def sign(self, message, how, domain, *more):
        return self.waybill.sign(message, how, '--domain', domain, '--now', NOW,
                                 f'--key=r={self.key}', *more)

    def make(self, case, seed, kind):
        """It passes the author, then each hop, which may change it, and may sign or seal."""
        message = shapes.make(seed, kind)
        message = message.replace(b'author@author.example', f'author@{case["author"]}'.encode())
        if case['author-signs']:
            message = self.sign(message, '--dkim', case['author'])
        dns = self.zone(case['zone'])
        for hop in case['hops']:
            message = self.pass_hop(message, hop, dns)
        return message

    def pass_hop(self, message, hop, dns):
        if 'footer' in hop['does']:
            message += b'-- \r\nthe list\r\n'
        if 'field' in hop['does']:
            message = b'X-Hop: yes\r\n' + message
        if 'signs' in hop['does']:
            message = self.sign(message, '--dkim', hop['domain'])
        if 'seals' in hop['does']:
            sealed = self.waybill.run('sign', '--arc', '--domain', hop['domain'], '--now', NOW,
                                      f'--key=r={self.key}', '--authserv-id', hop['domain'],
                                      '--dns', dns, message=message)
            message = sealed.stdout or message  # a chain that ended is not extended
        return message

    def verdict(self, message, case):
        run = self.waybill.run('verify', '--format', 'json', '--dns', self.zone(case['zone']),
                               '--now', NOW, '--ip', case['ip'], '--helo', case['helo'],
                               '--mail-from', case['mail-from'], message=message)
        assert run.returncode == 0, f'verify: status {run.returncode}: {run.stderr!r}'
        return json.loads(run.stdout)


def our_verdict(mail, message, case):
    record = mail.verdict(message, case)
    dmarc = record['dmarc']
    evaluated = len(dmarc['authors']) == 1
    spf = record['spf']['helo' if case['mail-from'] == '<>' else 'mail-from']
    return {'spf': spf['result'],
            'dkim': [[s.get('domain'), s['result']] for s in record['dkim']['signatures']],
            'arc': record['arc']['result'],
            'dmarc': dmarc['result'] if evaluated else None,
            'policy': dmarc['authors'][0]['policy']
            if evaluated and dmarc['result'] in ('pass', 'fail') else None}


def their_verdict(peer, case):
    return peer.ask({**{part: case[part] for part in ('message', 'zone', 'ip', 'helo')},
                     'sender': case['mail-from'].strip('<>')})


def run_verdict(mail, peer, differences, kind, n):
    for i in range(n):
        seed = f'{SEED}/verdict/{kind}/{i}'
        case = zones.mail_case(random.Random(seed), mail.record)
        message = mail.make(case, seed, kind)
        case['message'] = base64.b64encode(message).decode()
        differences.compare(f'verdict-{kind}-{i}', case, our_verdict(mail, message, case),
                            partial(their_verdict, peer), verdict_readings(peer))


def add_verdict(tests, differences, peer, mail):
    n = math.ceil(CASES * 0.6 / len(shapes.KINDS))
    for kind, name in enumerate(shapes.NAMES):
        tests.add(f'the whole verdict: {name} ({n})',
                  partial(run_verdict, mail, peer, differences, kind, n))


def main():
    subject, build, program = sys.argv[1:]
    try:
        modules = mailauth.modules(build)
    except mailauth.Absent as reason:
        print(f'1..0 # SKIP mailauth: {reason}')
        return 0
    tests = Tests()
    with Workshop('mailauth') as workshop:
        peer = Lines('node', HERE / 'mailauth_peer.js', NOW,
                     env={**os.environ, 'NODE_PATH': str(modules.resolve())})
        processes = [peer]
        print(f'# WAYBILL_SEED={SEED} WAYBILL_CASES={CASES}')
        differences = Differences(workshop)
        if subject == 'dmarc':
            processes.append(Lines(program))
            add_dmarc(tests, differences, *processes)
        else:
            add_verdict(tests, differences, peer, Mail(Waybill(program), workshop))
        tests.add('where mailauth and we differ, a standard says why', differences.tell)
        failed = tests.run()
        for process in processes:
            process.close()
    return failed


if __name__ == '__main__':
    sys.exit(main())
