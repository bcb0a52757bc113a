#!/usr/bin/python3
"""spf_suite.py SPF_ASK: the conformance suites of RFC 7208, every case, and the historic ones where
they agree with it. Prints TAP.
"""

import sys
from functools import partial

import yaml

from harness import Tests, corpus, equal
from spf_process import Spf, record

FILES = ['rfc7208-tests.yml', 'rfc7208-tests-2014-05.yml', 'rfc4408-tests.yml', 'pyspf-test.yml']

# Cases of the historic sets that RFC 7208 decides otherwise -> why.
OTHERWISE = {
    'default-modifier': 'RFC 7208 section 6: unrecognized modifiers MUST be ignored, and default= '
                        'is one',
    'default-modifier-harsh': 'RFC 7208 section 2.6 has no result "ambiguous"; what is meant is to '
                              'warn of default=, which section 6 has ignored',
}
RECEIVER = 'unknown'


def read_cases(folder, file):
    """(scenario, name, case) of every case. The octets of a text are its characters up to U+00FF."""
    for scenario in yaml.safe_load_all((folder / file).read_text()):
        for name, case in scenario['tests'].items():
            yield scenario, name, case


def strings(rdata):
    """The strings of a TXT record; YAML has read some as numbers."""
    return [str(text) for text in rdata] if isinstance(rdata, list) else [str(rdata)]


def datum(kind, rdata):
    if kind == 'MX':
        return f'{rdata[0]} {rdata[1] or "."}'
    if kind == 'CNAME':
        return rdata or '.'
    return ''.join(strings(rdata)) if kind == 'TXT' else str(rdata)


def rows(entries):
    """type -> data of one name, and whether it says nothing of other types in time. SPF stands for
    TXT unless there is one; `TXT: NONE` says there is none."""
    found, late = {}, False
    for entry in entries:
        if entry == 'TIMEOUT':
            late = True
            continue
        for kind, rdata in entry.items():
            found.setdefault(kind, []).append(rdata)
    texts = found.pop('SPF', None)
    if texts is not None:
        found.setdefault('TXT', texts)
    return {kind: [datum(kind, rdata) for rdata in data if rdata != 'NONE']
            for kind, data in found.items()}, late


def answers(zone):
    out = []
    for name, entries in zone.items():
        listed, late = rows(entries)
        for kind, data in listed.items():
            if data:
                out.append(record(name, kind, 'answered', data))
        if late:
            out += [record(name, kind, 'timeout') for kind in ('A', 'AAAA', 'MX', 'PTR', 'TXT')
                    if not listed.get(kind)]
    return out


def judge(spf, scenario, case):
    found = spf.ask(answers(scenario['zonedata']), ip=case['host'], helo=case['helo'],
                    mail_from=case['mailfrom'], receiver=RECEIVER, now=1)['mail_from']
    wanted = case['result'] if isinstance(case['result'], list) else [case['result']]
    assert found['result'] in wanted, f'{found}, wanted {wanted}'
    if 'explanation' in case:
        wanted = None if case['explanation'] == 'DEFAULT' else case['explanation']
        equal(found['explanation'], wanted, 'the explanation')


def main():
    folder = corpus('spf-openspf')
    tests = Tests()
    spf = Spf(sys.argv[1])
    for file in FILES:
        for scenario, name, case in read_cases(folder, file):
            title = f'{file}: {scenario.get("description", "-").strip()}: {name}'
            why = OTHERWISE.get(name) if file == 'pyspf-test.yml' else None
            tests.add(title, partial(str, why) if why else partial(judge, spf, scenario, case))
    failed = tests.run()
    spf.close()
    return failed


if __name__ == '__main__':
    sys.exit(main())
