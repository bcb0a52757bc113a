#!/usr/bin/python3
"""dkim2_suite.py DKIM2_ASK: DKIM2, both drafts: the worked example octet for octet, and the sets of
the working group and of turscar/dkim2. Prints TAP.

Where a set was made for an older draft than those that are judged here, what differs stands in the
test that runs it.
"""

import base64
import hashlib
import json
import re
import sys
from functools import partial

from harness import CORPORA, Tests, crlf, equal, fields
from dkim2_process import Dkim2

DRAFTS = ('06', '09')
EXAMPLE = CORPORA.parent / 'spec' / 'dkim2-worked-example.txt'


# --- the worked example ----------------------------------------------------------------------------

class Example:
    """The text with its blocks of octets: a heading, lines that end in <CRLF>, an empty line."""

    def __init__(self, text):
        self.text = text

    def octets(self, heading):
        lines = []
        for line in self.text.split(heading, 1)[1].splitlines()[1:]:
            if not line.endswith('<CRLF>'):
                break
            lines.append(line.replace('<TAB>', '\t').replace('<CRLF>', '\r\n'))
        return ''.join(lines).encode()

    def after(self, label, since=''):
        rest = self.text.split(since, 1)[1] if since else self.text
        return rest.split(label, 1)[1].split()[0]

    def keys(self):
        return {name: text for name, text in re.findall(r'^  (\S+) +TXT "([^"]+)"', self.text, re.M)}


HOPS = {1: ('alice@example.com', ['list@lists.example.net']),
        2: ('list-bounces@lists.example.net', ['bob@example.org'])}


def example_hop(dkim2, example, hop, draft):
    message = example.octets(f'MESSAGE AS SENT BY HOP {hop}')
    found = dkim2.ask(message, example.keys(), draft, 1795341700, HOPS[hop])
    equal((found['result'], found['found']), ('pass', []), 'the verdict')
    equal(found['also'], 'pass', 'the verdict of the other draft')
    equal(found['provisional'], True, 'provisional')
    for i in range(1, hop + 1):
        equal(found['instances'][i - 1]['header'].encode(),
              example.octets(f'HOP {i} header-hash input'), f'header of instance {i}')
        seen = found['signatures'][i - 1]
        equal(seen['input'].encode(), example.octets(f'HOP {i} signature input'), f'input {i}')
        equal(seen['digest'], example.after('sha256 of it (hex) = ', f'HOP {i} signature input'),
              f'digest {i}')


def example_hashes(example):
    """The text agrees with itself: what was compared above is what was hashed."""
    for name in 'sha256', 'sha512':
        for part in 'header', 'body':
            octets = example.octets(f'HOP 1 {part}-hash input')
            value = base64.b64encode(hashlib.new(name, octets).digest()).decode()
            equal(example.after(re.search(f'{name} {part} hash += ', example.text)[0]), value,
                  f'{name} of the {part}')


def example_changes(dkim2, example):
    found = dkim2.ask(example.octets('MESSAGE AS SENT BY HOP 2'), example.keys(), '09', 1795341700,
                      HOPS[2])
    # Of the lines behind the second two are empty ones of hop 1, which nothing hashes.
    equal(found['instances'][1]['changes'],
          [{'what': 'field added', 'name': 'list-id', 'lines': 0},
           {'what': 'subject tag', 'name': 'subject', 'lines': 0},
           {'what': 'footer', 'name': None, 'lines': 4}], 'the changes of hop 2')


def add_example(tests, dkim2):
    if not EXAMPLE.is_file():
        tests.add('worked example', lambda: '../shared/spec is absent')
        return
    example = Example(EXAMPLE.read_text())
    tests.add('worked example: its hashes', partial(example_hashes, example))
    for hop in HOPS:
        for draft in DRAFTS:
            tests.add(f'worked example: hop {hop} by draft {draft}',
                      partial(example_hop, dkim2, example, hop, draft))
    tests.add('worked example: what hop 2 changed', partial(example_changes, dkim2, example))


# --- messages of the sets --------------------------------------------------------------------------

def read_keys(file):
    """domain -> selector._domainkey -> [[type, record]], as one name -> record."""
    return {f'{selector}.{domain}': records[0][1]
            for domain, selectors in json.loads(file.read_text()).items()
            for selector, records in selectors.items()}


def tags_of(value):
    parts = (part.partition(b'=') for part in re.sub(rb'\s', b'', value).split(b';') if part)
    return {name.lower().decode(): text for name, _, text in parts}


def newest(message):
    """The tags of the signature with the highest i=."""
    hops = [tags_of(value) for name, value in fields(message) if name == 'dkim2-signature']
    return max(hops, key=lambda hop: int(hop['i']))


def path(text):
    return base64.b64decode(text).decode().removeprefix('<').removesuffix('>')


def envelope_of(hop):
    return path(hop['mf']), [path(text) for text in hop['rt'].split(b',')]


def texts(found):
    return [entry['text'] for entry in found['found']]


def all_results(found):
    """Of every signature's sets, and of every instance."""
    return ({s['result'] for hop in found['signatures'] for s in hop['sets']},
            {instance['result'] for instance in found['instances']})


def is_well(dkim2, keys, message, draft, now):
    found = dkim2.ask(message, keys, draft, now, envelope_of(newest(message)))
    equal((found['result'], found['found']), ('pass', []), 'the verdict')
    equal(all_results(found), ({'pass'}, {'pass'}), 'signatures and instances')


# --- dkim2-wg-interop ------------------------------------------------------------------------------

def perl(dkim2, keys, message, draft):
    """Hop 1 signed in 2025 and hop 2 in 2026, so that no clock suits both: at hop 2's, hop 1 has
    expired. By 09 its From is not Authentic either: fastmailteam.com signed nothing. All hashes and
    signatures are right."""
    hop = newest(message)
    found = dkim2.ask(message, keys, draft, int(hop['t']), envelope_of(hop))
    state = {'06': 'PERMERROR', '09': 'FAIL'}[draft]
    wanted = [f'{state}: DKIM2-Signature i=1 signature expired']
    if draft == '09':
        wanted.append('FAIL: DKIM2-Signature i=1 From fastmailteam.com is not Authentic')
    equal(texts(found), wanted, 'findings')
    equal(found['provisional'], True, 'provisional')
    equal(all_results(found), ({'pass'}, {'pass'}), 'signatures and instances')


def mailman(dkim2, keys, message, draft):
    """A real list post, caught before the list signed it; the originator's key is not known."""
    found = dkim2.ask(message, keys, draft, int(newest(message)['t']))
    equal(texts(found), ['PERMERROR: Message-Instance m=2 is not signed',
                         'PERMERROR: DKIM2-Signature i=1 public key sel1 does not exist'])
    equal([i['result'] for i in found['instances']], ['pass', 'pass'], 'both instances')
    what = {change['what'] for change in found['instances'][1]['changes']}
    equal(what, {'field added', 'subject tag', 'MIME wrap'}, 'what Mailman did')


def historical(dkim2, keys, message, draft):
    """Before draft 00 tags had other names."""
    found = dkim2.ask(message, keys, draft, 1740002100)
    equal(found['result'], 'permerror')
    equal(texts(found), ['PERMERROR: DKIM2-Signature i=1 syntax error',
                         'PERMERROR: Message-Instance m=0 tag=m missing'])


def add_interop(tests, dkim2):
    folder = CORPORA / 'dkim2-wg-interop'
    if not folder.is_dir():
        tests.add('dkim2-wg-interop', lambda: '../shared/corpora/dkim2-wg-interop is absent')
        return
    keys = read_keys(folder / 'dns.json')
    special = {'perl-expected': perl, 'realworld': mailman, 'historical': historical}
    for file in sorted(folder.glob('*/*.eml')):
        for draft in DRAFTS:
            judge = special.get(file.parent.name, partial(is_well, now=1740002100))
            tests.add(f'dkim2-wg-interop: {file.parent.name}/{file.name} by draft {draft}',
                      partial(judge, dkim2, keys, file.read_bytes(), draft))


# --- sets whose paths have no brackets -------------------------------------------------------------

def unbracketed(dkim2, keys, message, draft, wrong_hashes):
    """Since spec-03 a path has its brackets: every signature is a syntax error, and nothing else is
    wrong but the hashes that an older draft took of other fields. Without them neither draft could
    pass; instances and recipes are judged all the same."""
    found = dkim2.ask(message, keys, draft, 1740000060)
    equal(found['result'], {'06': 'fail' if wrong_hashes else 'permerror', '09': 'permerror'}[draft])
    wanted = [f'PERMERROR: DKIM2-Signature i={i} syntax error'
              for i in range(1, len(found['signatures']) + 1)]
    equal([text for text in texts(found) if 'hash' not in text], wanted, 'findings')
    equal([text for text in texts(found) if 'hash' in text], wrong_hashes, 'wrong hashes')
    for hop in found['signatures']:
        equal(hop['why'], 'a path of mf= or rt= is not base64 of a path in brackets')


def chain_hashes(name):
    """Hop 5 hashed Received-SPF, which every draft since 05 ignores; hop 6 stands on it."""
    late = name in ('interop_brong_chain_hop5', 'interop_brong_chain_hop6')
    return ['FAIL: Message Instance m=5 header hash sha256 mismatch'] if late else []


def add_chain(tests, dkim2):
    folder = CORPORA / 'dkim2-wg-chain'
    if not folder.is_dir():
        tests.add('dkim2-wg-chain', lambda: '../shared/corpora/dkim2-wg-chain is absent')
        return
    keys = read_keys(folder / 'dns.json')
    for case in json.loads((folder / 'cases.json').read_text()):
        message = (folder / 'messages' / case['file']).read_bytes()
        for draft in DRAFTS:
            tests.add(f'dkim2-wg-chain: {case["name"]} by draft {draft}',
                      partial(unbracketed, dkim2, keys, message, draft, chain_hashes(case['name'])))


# --- dkim2-turscar-spec02 --------------------------------------------------------------------------

def golden(dkim2, keys, message, draft):
    """Kept with LF; its fields have no final semicolon, which is accepted and noted."""
    message = crlf(message)
    found = dkim2.ask(message, keys, draft, 1740000060, envelope_of(newest(message)))
    equal((found['result'], found['found']), ('pass', []), 'the verdict')
    equal([hop['no_final_semicolon'] for hop in found['signatures']], [True], 'no semicolon')


def spec01_hashes(name):
    """A final lone CR is an octet of the body, not the line end that was hashed; and spec-01 hashed
    Authentication-Results."""
    multihop = {'multihop-dup-headers.eml': 2, 'multihop-3hop-dup-headers.eml': 3}
    if name in multihop:
        return [f'FAIL: Message Instance m={m} header hash sha256 mismatch'
                for m in range(multihop[name], 0, -1)]
    if name == 'emptybody-ed25519.eml' or name.startswith('multihop'):
        return []
    header = ['FAIL: Message Instance m=1 header hash sha256 mismatch']
    return (header if name.startswith('dupheaders') else []) + [
        'FAIL: Message Instance m=1 body hash sha256 mismatch']


def add_turscar(tests, dkim2):
    folder = CORPORA / 'dkim2-turscar-spec02' / 'testdata'
    if not folder.is_dir():
        tests.add('dkim2-turscar-spec02', lambda: '../shared/corpora/dkim2-turscar-spec02 is absent')
        return
    keys = read_keys(folder / 'dns.json')
    for draft in DRAFTS:
        for file in sorted((folder / 'golden' / 'expected').glob('*.eml')):
            tests.add(f'dkim2-turscar-spec02: golden/{file.name} by draft {draft}',
                      partial(golden, dkim2, keys, file.read_bytes(), draft))
        for file in sorted((folder / 'interop' / 'python' / 'expected').glob('*.eml')):
            tests.add(f'dkim2-turscar-spec02: interop/{file.name} by draft {draft}',
                      partial(unbracketed, dkim2, keys, file.read_bytes(), draft,
                              spec01_hashes(file.name)))


def main():
    tests = Tests()
    dkim2 = Dkim2(sys.argv[1])
    for add in add_example, add_interop, add_chain, add_turscar:
        add(tests, dkim2)
    failed = tests.run()
    dkim2.close()
    return failed


if __name__ == '__main__':
    sys.exit(main())
