#!/usr/bin/python3
"""dkim_suite.py WAYBILL: the DKIM examples of the RFCs and of two projects.

Every private key of the sets signs here too, what it signed verifies, and a change is seen. Prints
TAP.
"""

import json
import re
import sys

from harness import Tests, Waybill, Workshop, corpus, crlf, dkim_results, equal

NOW = 1528637909  # before the oldest signature expires
FOOTBALL = 'football.example.com'

# What the State of the chasquid set comes to in the words of RFC 8601 section 2.7.1.
STATES = {
    'SUCCESS': ('pass',),
    'PERMFAIL': ('fail', 'neutral', 'policy', 'permerror'),
    'TEMPFAIL': ('temperror',),
}

# The answers that the chasquid set writes instead of a record.
STATUSES = {'TEMPERROR': 'servfail', 'PERMERROR': 'nxdomain'}

# dkimpy's messages, the records there are for them (files of the set, or RFC 8463's), and the
# results, which follow from what the message is.
DKIMPY_MESSAGES = [
    # Signed by brisbane (Ed25519) and test (RSA) over the text of RFC 6376 appendix A.2.
    ('rfc6376.signed.msg', {f'brisbane._domainkey.{FOOTBALL}': 'RFC 8463',
                            f'test._domainkey.{FOOTBALL}': 'test.txt'}, ['pass', 'pass']),
    # A message of another mail server's tests; its record is eximtest.dns.
    ('ed25519test2.msg', {'sed._domainkey.test.ex': 'eximtest.dns'}, ['pass']),
    # Real messages of 2011 and 2013 whose keys are not in the set: no key record.
    ('message.mbox', {}, ['permerror']),
    ('test2.message', {}, ['permerror']),
    # Without a signature.
    ('rfc6376.msg', {}, []),
    ('test.message', {}, []),
    ('test_extra.message', {}, []),
    ('test_nofrom.message', {}, []),
    ('ed25519test.msg', {}, []),
]

# dkimpy's key records, each asked for a signature that test.private made.
DKIMPY_RECORDS = [
    ('test.txt', 'pass'),
    ('test2.txt', 'pass'),            # no k=: rsa (RFC 6376 section 3.6.1)
    ('badk.txt', 'permerror'),        # k=ed25519-sha256 is a name of a=, not of k=
    ('badversion.txt', 'permerror'),  # "v=DKIM1: g=*" is no version of ours (section 3.6.1)
    ('test_bad.txt', 'permerror'),    # the base64 lacks its end
    ('test_tlsrpt.txt', 'permerror'),  # s=tlsrpt does not admit mail (section 3.6.1)
]

RFC8463_RECORD = 'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='

# (set, key, domain, selector, record or the file that has it)
KEYS = [
    ('dkim-rfc-examples', 'rsa-test.private.pem', FOOTBALL, 'test', 'dkim-dkimpy/test.txt'),
    ('dkim-rfc-examples', 'rfc8032_7_1.key', FOOTBALL, 'brisbane', RFC8463_RECORD),
    ('dkim-dkimpy', 'test.private', 'example.com', 'test', 'dkim-dkimpy/test.txt'),
    ('dkim-dkimpy', 'test2.private', 'example.com', 'test', 'dkim-dkimpy/test2.txt'),
    ('dkim-dkimpy', 'ed25519test.key', 'example.com', 'test', 'dkim-dkimpy/ed25519test.dns'),
    ('dkim-dkimpy', 'rfc8032_7_1.key', 'example.com', 'test', RFC8463_RECORD),
]


def read_zone(text):
    """The chasquid set's `name: value`, a backslash joining lines, blank lines between."""
    zone = {}
    for line in re.sub(r'\\\n\s*', '', text).splitlines():
        name, colon, value = line.partition(':')
        value = value.strip()
        if colon and value in STATUSES:
            zone[name] = STATUSES[value]
        elif colon:
            zone.setdefault(name, []).append(value)
    return zone


class Suite:
    def __init__(self, waybill, workshop, tests):
        self.waybill = waybill
        self.workshop = workshop
        self.tests = tests

    def verify(self, message, zone):
        dns = self.workshop.answers('dns.json', zone)
        return self.waybill.verify(message, dns, NOW)

    def sign(self, message, file, domain, selector):
        key = self.workshop.key('key.pem', file.read_text())
        return self.waybill.sign(message, '--dkim', '--domain', domain, '--key',
                                 f'{selector}={key}', '--now', NOW)


def add_rfc_examples(suite):
    """RFC 6376 appendix A.2, RFC 8463 appendix A.3: every signature passes."""
    folder = corpus('dkim-rfc-examples')
    zone = {name: [text] for name, text in json.loads((folder / 'dns.json').read_text()).items()}

    def judge(file, n):
        record = suite.verify(crlf(file.read_bytes()), zone)
        equal(dkim_results(record), ['pass'] * n, 'results')

    for name, n in (('rfc6376-A.2', 1), ('rfc8463-A.3', 2)):
        suite.tests.add(name, lambda name=name, n=n: judge(folder / f'{name}.eml', n))


def judge_chasquid(suite, file):
    zone_file = file.with_suffix('.dns')
    zone = read_zone(zone_file.read_text()) if zone_file.exists() else {}
    record = suite.verify(crlf(file.read_bytes()), zone)
    results = dkim_results(record)
    error = file.with_suffix('.error')
    if error.exists() and error.read_text() != '<nil>':
        # What that parser refuses is a message to this one, whose oddity the record names.
        assert record['message']['oddities'], 'no oddity is named'
        equal(results, [], 'results')
        return
    wanted = json.loads(file.with_suffix('.result').read_text())['Results']
    if file.stem == '02-too_many_headers':
        # Theirs stops after 5 signatures, ours after 32: the two more pass as well.
        wanted += [{'State': 'SUCCESS'}] * 2
    equal(len(results), len(wanted), 'number of results')
    for result, case in zip(results, wanted):
        assert result in STATES[case['State']], f'{result}, wanted {case["State"]}'


def add_chasquid(suite):
    for file in sorted(corpus('dkim-chasquid').glob('*.msg')):
        suite.tests.add(f'chasquid {file.stem}', lambda file=file: judge_chasquid(suite, file))


def read_record(sets, source):
    """A key record's text: the octets of a file of the set, or as it stands."""
    return source if source.startswith('v=') else (sets / source).read_text().strip()


def add_dkimpy(suite):
    folder = corpus('dkim-dkimpy')

    def judge_message(name, zone, wanted):
        records = {key: [RFC8463_RECORD if source == 'RFC 8463' else read_record(folder, source)]
                   for key, source in zone.items()}
        record = suite.verify(crlf((folder / name).read_bytes()), records)
        equal(dkim_results(record), wanted, 'results')

    def judge_record(source, wanted):
        message = crlf((folder / 'test.message').read_bytes())
        signed = suite.sign(message, folder / 'test.private', 'example.com', 'test')
        record = suite.verify(signed, {'test._domainkey.example.com':
                                       [read_record(folder, source)]})
        equal(dkim_results(record), [wanted], 'results')

    for row in DKIMPY_MESSAGES:
        suite.tests.add(f'dkimpy {row[0]}', lambda row=row: judge_message(*row))
    for row in DKIMPY_RECORDS:
        suite.tests.add(f'dkimpy key record {row[0]}', lambda row=row: judge_record(*row))


def judge_key(suite, folder, file, domain, selector, record):
    """Signs, verifies, and sees a change of the body."""
    message = crlf((folder.parent / 'dkim-dkimpy' / 'rfc6376.msg').read_bytes())
    signed = suite.sign(message, folder / file, domain, selector)
    zone = {f'{selector}._domainkey.{domain}': [read_record(folder.parent, record)]}
    equal(dkim_results(suite.verify(signed, zone)), ['pass'], 'results')
    changed = signed.replace(b'We lost the game', b'We won the game')
    equal(dkim_results(suite.verify(changed, zone)), ['fail'], 'results of what was changed')


def add_keys(suite):
    for name, *row in KEYS:
        suite.tests.add(f'sign with {name} {row[0]}', lambda folder=corpus(name), row=row:
                        judge_key(suite, folder, *row))


def add_refusals(suite):
    """A message without From is not signed (RFC 6376 section 5.4)."""
    folder = corpus('dkim-dkimpy')

    def judge():
        key = suite.workshop.key('key.pem', (folder / 'test.private').read_text())
        message = crlf((folder / 'test_nofrom.message').read_bytes())
        run = suite.waybill.run('sign', '--dkim', '--domain', 'example.com', '--key',
                                f'test={key}', '--now', NOW, message=message)
        equal((run.returncode, run.stdout), (1, b''), 'status and output')

    suite.tests.add('dkimpy test_nofrom.message is not signed', judge)


def main():
    tests = Tests()
    with Workshop('dkim') as workshop:
        suite = Suite(Waybill(sys.argv[1]), workshop, tests)
        for add in (add_rfc_examples, add_chasquid, add_dkimpy, add_keys, add_refusals):
            add(suite)
        return tests.run()


if __name__ == '__main__':
    sys.exit(main())
