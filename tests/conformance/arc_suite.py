#!/usr/bin/python3
"""arc_suite.py validate|sign WAYBILL: the conformance suite of RFC 8617, every case.

It speaks of draft 18, which differs from the RFC in nothing that the cases try. Prints TAP.
"""

import re
import sys
from functools import partial

import yaml

from harness import Tests, Waybill, Workshop, corpus, crlf, equal, fields

# Where our reading of the RFCs is another than the suite's. Its result is given all the same.
COMMENTS = {
    'ams_fields_c_na': 'RFC 6376 section 3.5 makes simple/simple of a missing c=, and RFC 8617 '
                       'section 4.1.2 takes that over; the case is signed relaxed/relaxed',
    'ams_fields_h_empty': 'RFC 6376 section 3.5 wants a name in h= and section 5.4 wants From; '
                          'RFC 8617 section 4.1.2 takes that over; the case passes without',
}


def read_cases(folder, file):
    """(scenario, name, case) of every case, in the suite's order."""
    text = (folder / 'tests' / file).read_text()
    for scenario in yaml.safe_load_all(text):
        for name, case in scenario['tests'].items():
            yield scenario, name, case


def wire(text):
    """A message as SMTP carries it: an empty one still has its empty line."""
    return crlf(text.encode()) or b'\r\n'


def zone(scenario):
    """The suite wraps records where it likes; in the DNS a line is one string of the record."""
    return {name: [text.splitlines()] for name, text in scenario['txt-records'].items()}


def white(text):
    return re.sub(r'\s+', '', text)


def tags(text):
    """A tag list as a set of its tags, without white space."""
    return set(white(text).strip(';').split(';'))


class Suite:
    def __init__(self, waybill, workshop):
        self.waybill = waybill
        self.workshop = workshop

    def validate(self, scenario, name, case):
        if name in COMMENTS:
            print(f'# {name}: {COMMENTS[name]}')
        dns = self.workshop.answers('dns.json', zone(scenario))
        record = self.waybill.verify(wire(case['message']), dns)
        # An empty cv stands where the chain had failed before: RFC 8617 section 5.1.
        equal(record['arc']['result'], case['cv'].lower() or 'fail', 'the chain')

    def seal(self, scenario, case):
        dns = self.workshop.answers('dns.json', zone(scenario))
        key = self.workshop.key('key.pem', scenario['privatekey'])
        return self.waybill.run(
            'sign', '--arc', '--domain', scenario['domain'], '--key', f'{scenario["sel"]}={key}',
            '--now', case['t'], '--headers', case['sig-headers'], '--results', case['srv-id'],
            '--authserv-id', case['srv-id'], '--dns', dns, message=wire(case['message']))

    def sign(self, scenario, _, case):
        run = self.seal(scenario, case)
        if not case['AS']:
            equal((run.returncode, run.stdout), (1, b''), 'status and output')
            return
        equal(run.returncode, 0, 'status')
        header = dict(reversed(fields(run.stdout)))  # of each name the topmost
        for name, wanted in (('arc-authentication-results', case['AAR']),
                             ('arc-message-signature', case['AMS']), ('arc-seal', case['AS'])):
            equal(tags(header[name].decode()), tags(wanted), name)


SUITES = {
    'validate': ('arc-draft-validation-tests.yml', Suite.validate),
    'sign': ('arc-draft-sign-tests.yml', Suite.sign),
}


def main():
    what, program = sys.argv[1:]
    file, judge = SUITES[what]
    folder = corpus('arc-valimail')
    tests = Tests()
    with Workshop('arc') as workshop:
        suite = Suite(Waybill(program), workshop)
        for scenario, name, case in read_cases(folder, file):
            tests.add(f'{scenario["description"].strip()}: {name}',
                      partial(judge, suite, scenario, name, case))
        return tests.run()


if __name__ == '__main__':
    sys.exit(main())
