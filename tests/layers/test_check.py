#!/usr/bin/python3
"""tests/layers/test_check.py: check.py sees each kind of fault, and nothing where there is none.

A case is one source in a small tree of its own. Prints TAP.
"""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import check  # noqa: E402

BANNED = '- **Banned**: `strcpy sprintf` and more.'
PRESENT = ['include/waybill/w.h', 'src/base/b.h', 'src/mail/m.h', 'src/crypto/c.h', 'src/dkim/d.h',
           'src/arc/aar.h', 'src/cli/o.h']

# name, file, its text, what the fault says (None: there is none)
CASES = [
    ('own room', 'src/mail/x.c', '#include "mail/m.h"', None),
    ('lower line', 'src/mail/x.c', '#include "base/b.h"', None),
    ('public header', 'src/base/x.c', '#include "waybill/w.h"', None),
    ('aside, as listed', 'src/mail/x.c', '#include "crypto/c.h"', None),
    ('aside, the other way', 'src/crypto/x.c', '#include "mail/m.h"', 'points aside'),
    ('aside, not listed', 'src/spf/x.c', '#include "dkim/d.h"', 'points aside'),
    ('up', 'src/mail/x.c', '#include "dkim/d.h"', 'points up'),
    ('up from a public header', 'include/waybill/x.h', '#include "base/b.h"', 'points up'),
    ('up from a test', 'src/mail/test_x.c', '#include "dkim/d.h"', 'points up'),
    ('up, with spaces', 'src/mail/x.c', ' #\tinclude  "dkim/d.h"', 'points up'),
    ('up in a comment', 'src/mail/x.c', '/*\n#include "dkim/d.h"\n*/', None),
    ('guarded header, its room', 'src/arc/x.c', '#include "arc/aar.h"', None),
    ('guarded header, as listed', 'src/record/x.c', '#include "arc/aar.h"', None),
    ('guarded header, above', 'src/policy/x.c', '#include "arc/aar.h"', 'is for arc, record only'),
    ('without a room', 'src/mail/x.c', '#include "m.h"', 'names no room'),
    ('unknown room', 'src/mail/x.c', '#include "male/m.h"', 'names no room'),
    ('missing header', 'src/mail/x.c', '#include "mail/n.h"', 'does not exist'),
    ('source in no room', 'src/male/x.c', '', 'is no room'),
    ('system header', 'src/mail/x.c', '#include <string.h>', None),
    ('library header', 'src/crypto/x.c', '#include <openssl/evp.h>', None),
    ('I/O header in the core', 'src/mail/x.c', '#include <unistd.h>', '<unistd.h> is not for'),
    ('I/O header in a test', 'src/mail/test_x.c', '#include <unistd.h>', None),
    ('I/O header in a program', 'src/cli/x.c', '#include <unistd.h>', None),
    ('formatting in the core', 'src/mail/x.c', 'n = snprintf(p, 9, "%d", 1);', None),
    ('output in the core', 'src/mail/x.c', 'fprintf(f, "x");', 'fprintf() is not for the core'),
    ('exit in the core', 'src/mail/x.c', 'exit(1);', 'exit() is not for the core'),
    ('a member named exit', 'src/mail/x.c', 'p->exit(1); q.exit(1);', None),
    ('exit in a program', 'src/cli/x.c', 'exit(1);', None),
    ('banned', 'src/cli/x.c', 'strcpy (a, b);', 'strcpy() is banned'),
    ('banned in a test', 'src/mail/test_x.c', 'sprintf(a, b);', 'sprintf() is banned'),
    ('banned in words', 'src/mail/x.c', 's = "strcpy(\\"a\\")"; // strcpy(a)', None),
    ('attribute', 'src/base/x.h', 'void f(void) __attribute__((format(printf, 1, 2)));', None),
]


def write(root, name, text=''):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return Path(name)


def try_case(rules, name, text):
    """What is found in this file; faults elsewhere would be faults of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for header in PRESENT:
            write(root, header)
        path = write(root, name, text)
        found = dict(check.check(root, rules))
        assert not any(found[Path(header)] for header in PRESENT)
        return [why for _, why in found[path]]


def main():
    rules = check.Rules((check.HERE / 'rooms.txt').read_text(), BANNED)
    failed = False
    print(f'1..{len(CASES)}')
    for number, (case, name, text, expected) in enumerate(CASES, 1):
        found = try_case(rules, name, text)
        good = not found if expected is None else len(found) == 1 and expected in found[0]
        failed = failed or not good
        print('ok' if good else 'not ok', number, '-', case)
        if not good:
            print(f'# found: {found}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
