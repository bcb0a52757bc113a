#!/usr/bin/python3
"""spf_differential.py PEER SPF_ASK [PROGRAM]: SPF by us and by another implementation.

The sessions and zones are those of spf_shapes.py: WAYBILL_CASES (500) from the seed WAYBILL_SEED,
which is printed. Prints TAP, a case for each twenty-fifth part.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from peers import Absent, Process
from spf_shapes import NAMES, Shape

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'support'))
from spf_process import Spf, record  # noqa: E402
from tap import Tests, equal  # noqa: E402

CASES = int(os.environ.get('WAYBILL_CASES', '500'))
SEED = os.environ.get('WAYBILL_SEED', '2026')
PORTIONS = 20


class Pyspf:
    """python3-spf, in this process. A judgement is the result, the explanation of a fail, and what it
    says of an error."""

    name = 'pyspf'

    def __init__(self, _=None):
        if not importlib.util.find_spec('spf'):
            raise Absent('python3-spf is not installed')
        import spf
        self.spf = spf
        spf.DNSLookup = self.look_up

    def look_up(self, name, kind, *_):
        data = self.shape.find(name.rstrip('.'), kind)
        if data in ('servfail', 'timeout'):
            raise self.spf.TempError(f'DNS {data}')
        if isinstance(data, str):
            return []
        return [((name, kind), self.rdata(kind, text)) for text in data]

    @staticmethod
    def rdata(kind, text):
        if kind == 'MX':
            preference, host = text.split()
            return int(preference), host
        return [text.encode('latin-1')] if kind == 'TXT' else text

    def judge(self, shape):
        self.shape = shape
        s = shape.session
        query = self.spf.query(i=s['ip'], s=s['mail_from'], h=s['helo'], receiver=s['receiver'])
        result, _, explanation = query.check()
        if result != 'fail':
            return result, None, explanation
        return result, None if explanation in self.spf.EXPLANATIONS.values() else explanation, ''

    def close(self):
        pass


class MailSpf:
    """libmail-spf-perl, one process for all sessions."""

    name = 'Mail::SPF'

    def __init__(self, perl=None):
        if not perl or subprocess.run([perl, '-MMail::SPF', '-e1'], stderr=subprocess.DEVNULL,
                                      check=False).returncode:
            raise Absent('libmail-spf-perl is not installed')
        self.peer = Process(perl, Path(__file__).resolve().parent / 'mail_spf_peer.pl')
        self.close = self.peer.close

    def judge(self, shape):
        s = shape.session
        local = s['mail_from'].startswith('@')
        request = {'scope': 'mfrom', 'identity': s['mail_from'][local:], 'ip': s['ip'],
                   'helo': s['helo'], 'receiver': s['receiver'], 'zone': shape.zone}
        try:
            answer = self.peer.ask(json.dumps(request).encode(), 'judge').decode()
        except RuntimeError as error:
            return 'error', None, str(error)
        result, explanation, says = answer.split('\n', 2)
        return result, explanation or None, says


# --- disagreements ------------------------------------------------------------------------------


def used_text(shape, found):
    """The SPF records that our evaluation came to, as one text."""
    names = [q['name'] for q in found['questions'] if q['type'] == 'TXT' and q['used']]
    return ' '.join(text for name in names for text in shape.find(name, 'TXT')
                    if text.startswith('v=spf1'))


def why(shape, found, theirs, text):
    return found['mail_from']['why'] == text


def follows_hosts(shape, found, theirs):
    return why(shape, found, theirs, 'mx: more than 10 hosts')


def looks_up_all(shape, found, theirs):
    """It looks up what a mx, ptr or %{p} has to offer before it compares any of it."""
    text = used_text(shape, found)
    return 'void' in theirs[2].lower() and theirs[0] == 'permerror' and \
        any(word in text for word in ('mx', 'ptr', '%{p'))


def asks_for_all_explanations(shape, found, theirs):
    return 'void' in theirs[2].lower() and 'exp=' in used_text(shape, found)


def fails_with_a_name(shape, found, theirs):
    text = used_text(shape, found)
    return theirs[0] == 'temperror' and any(word in text for word in ('mx', 'ptr', '%{p'))


def gives_up_the_name(shape, found, theirs):
    """An explanation that is %{p}."""
    ours = found['mail_from']
    return theirs[:2] in ((ours['result'], None), (ours['result'], 'unknown')) and \
        ours['explanation'] in ('unknown', *NAMES)


def splits_not(shape, found, theirs):
    return '%{l=/}' in used_text(shape, found) and '=' in shape.session['mail_from']


def takes_a_lone_percent(shape, found, theirs):
    return not found['mail_from']['explanation'] and theirs[1] and theirs[1].endswith('%')


def has_empty_label(shape, found, theirs):
    return theirs[2].startswith('error: empty label')


def writes_hex_in_lower_case(shape, found, theirs):
    explanation = found['mail_from']['explanation']
    return shape.six and explanation and theirs[1] and explanation.lower() == theirs[1].lower()


def escapes_less(shape, found, theirs):
    return '%{L}' in used_text(shape, found) and set(shape.session['mail_from']) & set('+=')


def reads_on_demand(shape, found, theirs):
    return why(shape, found, theirs, 'syntax error in a term')


def knows_recursion(shape, found, theirs):
    return 'trivial recursion' in theirs[2]


def wants_modifiers_once(shape, found, theirs):
    return 'MUST appear at most once' in theirs[2]


def keeps_an_empty_local_part(shape, found, theirs):
    """Seen by %{s}, in a record or in an explanation."""
    explanation = found['mail_from']['explanation'] or ''
    return shape.session['mail_from'].startswith('@') and \
        ('%{s}' in used_text(shape, found) or 'postmaster%40' in explanation)


def counts_redirect_ahead(shape, found, theirs):
    return theirs[0] == 'permerror' and re.search('Too many DNS|DNS-interactive', theirs[2]) and \
        'redirect=' in used_text(shape, found)


# What may differ: a test of the session, our answer, theirs; what RFC 7208 says.
EXPLAINED = [
    (follows_hosts, 'section 4.6.4: with more than ten hosts "the "mx" mechanism MUST produce a '
                    '"permerror" result"; Mail::SPF goes on with the first ten, as RFC 4408 had it'),
    (looks_up_all, 'section 4.6.4 limits "the number of terms for which DNS queries return" '
                   'nothing: we count what evaluation comes to, and not the names of a client, '
                   '"under control of the owner of the IP address actually making the connection"; '
                   'the peers count all hosts of a mx at once, or these names'),
    (fails_with_a_name, 'section 5.5: "If a DNS error occurs while doing an A RR lookup, then that '
                        'domain name is skipped and the search continues"; and a host of a mx that '
                        'is behind the one that matches is not come to'),
    (asks_for_all_explanations, 'section 4.6.4: "the "exp" modifier only causes a lookup at a later '
                                'time", and section 6.2 has it after a fail only; pyspf looks it '
                                'up after any result, and counts'),
    (gives_up_the_name, 'section 7.3 takes %{p} from section 5.5, where after an error "that domain '
                        'name is skipped and the search continues", and has "unknown" where no '
                        'name is left; the peers give up, or give no explanation'),
    (splits_not, 'section 7.3: "If transformers or delimiters are provided, the <value> for a macro '
                 'letter is split"; Mail::SPF wants a transformer'),
    (takes_a_lone_percent, 'section 7.1: "A "%" character not followed by a "{", "%", "-", or "_" '
                           'character is a syntax error"'),
    (counts_redirect_ahead, 'section 4.6.4 limits "the total number of those terms to 10 during SPF '
                            'evaluation"; the peers count a redirect that is not come to'),
    (has_empty_label, 'section 4.8 leaves open what a name is that no query holds: as one that is '
                      'not there; Net::DNS cannot make the query'),
    (writes_hex_in_lower_case, 'section 7.3 has no word on the case of hexadecimal digits in '
                               '%{i}'),
    (escapes_less, 'section 7.3: "URL escaping MUST be performed for characters not in the '
                   '"unreserved" set", which has no "+" and no "="'),
    (reads_on_demand, 'section 4.6: "if there are any syntax errors anywhere in the record, '
                      'check_host() returns immediately with the result "permerror""'),
    (knows_recursion, 'section 4.6.4 limits terms; it has no rule against a domain that includes '
                      'itself, and what stands before it may match'),
    (wants_modifiers_once, 'section 6: redirect and exp "MUST NOT appear in a record more than '
                           'once each"; of others "Unrecognized modifiers MUST be ignored no '
                           'matter where, or how often, they appear in a record"'),
    (keeps_an_empty_local_part, 'section 4.3: "If the <sender> has no local-part, substitute the '
                                'string "postmaster" for the local-part"'),
]

# --- trials -------------------------------------------------------------------------------------


def answers(shape):
    out = []
    for name, listed in shape.zone.items():
        for kind, data in listed.items():
            if data:
                out.append(record(name, kind, data) if isinstance(data, str) else
                           record(name, kind, 'answered', data))
        if not any(listed.values()):
            out.append(record(name, 'TXT', 'nodata'))
    return out


def compare(spf, peer, explained, number):
    shape = Shape(f'{SEED}/{number}')
    found = spf.ask(answers(shape), **shape.session)
    ours = found['mail_from']
    theirs = peer.judge(shape)
    if (ours['result'], ours['explanation']) == theirs[:2]:
        explained['the same'] += 1
        return
    for may, sentence in EXPLAINED:
        if may(shape, found, theirs):
            explained[sentence] += 1
            return
    raise AssertionError(f'case {number}: {peer.name} says {theirs}, we {ours}\n'
                         f'{shape.session}\n{json.dumps(shape.zone, indent=1)}')


def run_portion(spf, peer, explained, portion):
    for number in range(portion, CASES, PORTIONS):
        compare(spf, peer, explained, number)


PEERS = {'pyspf': Pyspf, 'mail-spf': MailSpf}


def main():
    name, program, *more = sys.argv[1:]
    try:
        peer = PEERS[name](*more)
    except Absent as reason:
        print(f'1..0 # SKIP {reason}')
        return 0
    tests, spf, explained = Tests(), Spf(program), Counter()
    print(f'# WAYBILL_SEED={SEED} WAYBILL_CASES={CASES}')
    for portion in range(PORTIONS):
        tests.add(f'we and {peer.name}: portion {portion + 1} of {PORTIONS}',
                  partial(run_portion, spf, peer, explained, portion))
    tests.add('where they differ, RFC 7208 says why', lambda: [
        print(f'# {n} times: {sentence}') for sentence, n in explained.items()] and None)
    failed = tests.run()
    spf.close()
    peer.close()
    return failed


if __name__ == '__main__':
    sys.exit(main())
