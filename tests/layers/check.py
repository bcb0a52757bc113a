#!/usr/bin/python3
"""tests/layers/check.py [ROOT]: every source keeps to its room.

For each C file of src/ and include/: what it includes stands in its own room, on a lower line, or
where rooms.txt says; the core does no I/O; nothing calls a function that CONTRIBUTING.md bans.
Prints TAP, one line a file.
"""

import fnmatch
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]*)"|<([^>\n]*)>)', re.M)
CALL = re.compile(r'(?<![\w.>])([A-Za-z_]\w*)\s*\(')
COMMENT = r'//[^\n]*|/\*.*?\*/'
LITERAL = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
TOKEN = re.compile(f'(?P<comment>{COMMENT})|{LITERAL}', re.S)
BANNED = re.compile(r'\*\*Banned\*\*: `([\w ]+)`')


class Rules:
    """rooms.txt: a word that says what the line is, then names."""

    def __init__(self, text, contributing):
        self.height, self.beside, self.only = {}, {}, {}
        self.outside, self.headers, self.forbidden = set(), [], set()
        for line in text.splitlines():
            kind, _, rest = line.partition('#')[0].strip().partition(' ')
            if kind:
                getattr(self, f'read_{kind}')(rest)
        self.banned = set(BANNED.search(contributing).group(1).split())

    def read_line(self, rest):
        line = 1 + max(self.height.values(), default=0)
        self.height.update(dict.fromkeys(rest.split(), line))

    def read_beside(self, rest):
        room, _, others = rest.partition(':')
        self.beside[room] = others.split()

    def read_only(self, rest):
        header, _, rooms = rest.partition(':')
        self.only[header] = [header.partition('/')[0], *rooms.split()]

    def read_outside(self, rest):
        self.outside.update(rest.split())

    def read_headers(self, rest):
        self.headers += rest.split()

    def read_forbid(self, rest):
        self.forbidden.update(rest.split())

    def project_header(self, room, header):
        """Why this room does not include this header of ours, or None."""
        other = header.partition('/')[0] if '/' in header else None
        if other not in self.height:
            return f'"{header}" names no room: write "room/file.h"'
        if room not in self.only.get(header, [room]):
            return f'"{header}" is for {", ".join(self.only[header])} only'
        if other == room or self.height[other] < self.height[room]:
            return None
        if self.height[other] > self.height[room]:
            return f'"{header}" points up: {other}/ stands above {room}/'
        if other in self.beside.get(room, []):
            return None
        return f'"{header}" points aside: {other}/ stands on the line of {room}/'

    def system_header(self, header):
        if any(fnmatch.fnmatchcase(header, pattern) for pattern in self.headers):
            return None
        return f'<{header}> is not for the core, which does no I/O'

    def call(self, name, core):
        if name in self.banned:
            return f'{name}() is banned by CONTRIBUTING.md'
        if core and name in self.forbidden:
            return f'{name}() is not for the core, which does no I/O and never exits'
        return None


def blank(text, literals):
    """The text with its comments, and literals too, made of spaces: lines keep their numbers."""
    def space(match):
        keep = match['comment'] is None and not literals
        return match[0] if keep else re.sub(r'[^\n]', ' ', match[0])
    return TOKEN.sub(space, text)


def includes_at_fault(rules, room, core, is_test, text, exists):
    for match in INCLUDE.finditer(text):
        ours, system = match.groups()
        why = None
        if is_test and ours and ours.startswith('support/'):
            continue  # tests/support is what tests share
        if ours is not None:
            why = rules.project_header(room, ours)
            if not why and not exists(ours):
                why = f'"{ours}" does not exist'
        elif core:
            why = rules.system_header(system)
        if why:
            yield match.start(), why


def calls_at_fault(rules, core, text):
    for match in CALL.finditer(text):
        if why := rules.call(match[1], core):
            yield match.start(), why


def faults(rules, path, top, exists):
    """(line, why) of each fault of the file at `path`, which stands below `top`."""
    room = path.relative_to(top).parts[0]
    if room not in rules.height:
        yield 1, f'{room}/ is no room: give it a line in tests/layers/rooms.txt'
        return
    is_test = path.name.startswith(('test_', 'fuzz_'))
    core = room not in rules.outside and not is_test
    text = path.read_text()
    with_literals, code = blank(text, False), blank(text, True)
    for at, why in sorted([*includes_at_fault(rules, room, core, is_test, with_literals,
                                                exists),
                           *calls_at_fault(rules, core, code)]):
        yield 1 + text.count('\n', 0, at), why


def check(root, rules):
    """(path, faults) of every C file."""
    tops = [root / 'include', root / 'src']

    def exists(header):
        return any((top / header).is_file() for top in tops)

    for top in tops:
        for path in sorted(top.rglob('*.[ch]')):
            yield path.relative_to(root), list(faults(rules, path, top, exists))


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE.parent.parent
    rules = Rules((HERE / 'rooms.txt').read_text(), (root / 'CONTRIBUTING.md').read_text())
    results = list(check(root, rules))
    print(f'1..{len(results)}')
    for number, (path, found) in enumerate(results, 1):
        print('not ok' if found else 'ok', number, '-', path)
        for line, why in found:
            print(f'# {path}:{line}: {why}')
    return any(found for _, found in results)


if __name__ == '__main__':
    sys.exit(main())
