#!/usr/bin/python3
"""tests/requirements.py BUILD: docs/requirements.md names every requirement, and tests that exist.

BUILD is a build folder; its tests are what Meson introspects there. A case (`test/case`) exists if
its name stands in a source of the test. Prints TAP.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / 'docs' / 'requirements.md'
NUMBERS = [f'S-{n}' for n in range(1, 77)]
ROW = re.compile(r'\| (S-\d+) \| [^|]+ \| (\w+) \| ([^|]*)\|$')
NAMES = re.compile(r'`([^`]+)`')
LINKS = re.compile(r'\]\((\S+?)\)')
TESTED = ('met', 'partly')
STATUSES = TESTED + ('stated', 'later')


def read_rows():
    """(number, status, test names, links) of every row of the page."""
    for line in PAGE.read_text().splitlines():
        if row := ROW.match(line):
            number, status, where = row.groups()
            yield number, status, NAMES.findall(where), LINKS.findall(where)


def introspect(build, what):
    return json.loads((build / 'meson-info' / f'intro-{what}.json').read_text())


def read_tests(build):
    """The sources of every test by its name: those of its program, and the scripts it is given."""
    sources = {}
    for target in introspect(build, 'targets'):
        files = [f for group in target['target_sources'] for f in group.get('sources', [])]
        sources.update(dict.fromkeys(target['filename'], files))
    tests = {}
    for test in introspect(build, 'tests'):
        files = [Path(f).resolve() for word in test['cmd'] for f in sources.get(word, [word])]
        tests[test['name']] = [f for f in files if f.is_file() and ROOT in f.parents]
    return tests


def exists(name, tests):
    test, _, case = name.partition('/')
    if test not in tests:
        return False
    return not case or any(case in f.read_text(errors='replace') for f in tests[test])


def rows_at_fault(rows):
    seen = [number for number, _, _, _ in rows]
    for number in NUMBERS:
        if seen.count(number) != 1:
            yield f'{number} has {seen.count(number)} rows'
    yield from (f'{number} is no requirement' for number in seen if number not in NUMBERS)


def statuses_at_fault(rows):
    for number, status, names, links in rows:
        if status not in STATUSES:
            yield f'{number}: no such status: {status}'
        elif bool(names) != (status in TESTED):
            yield f'{number} is {status} and names {len(names)} tests'
        elif bool(links) != (status == 'stated'):
            yield f'{number} is {status} and names {len(links)} pages'


def names_at_fault(rows, tests):
    for number, _, names, links in rows:
        yield from (f'{number}: no such test: {name}' for name in names if not exists(name, tests))
        yield from (f'{number}: no such page: {link}' for link in links
                    if not (PAGE.parent / link).is_file())


def main():
    rows = list(read_rows())
    cases = {
        'every requirement has one row': rows_at_fault(rows),
        'what is met names tests, what is stated a page': statuses_at_fault(rows),
        'every test and page named exists': names_at_fault(rows, read_tests(Path(sys.argv[1]))),
    }
    print(f'1..{len(cases)}')
    failed = 0
    for n, (case, faults) in enumerate(cases.items(), 1):
        faults = list(faults)
        failed += bool(faults)
        print(f'{"not " if faults else ""}ok {n} - {case}')
        print(''.join(f'# {fault}\n' for fault in faults), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
