"""Messages of every shape that signers and verifiers must read alike, from a seed.

All are what SMTP may carry: CRLF alone ends a line, none is over 998 octets, one From. Each is of
one kind of KINDS by name, and of some others by chance.
"""

import random

BY_CHANCE = 0.12
WORDS = b'the quick brown fox jumps over a lazy dog - 1, 2; 3: "4" (five) =6= <seven> 8@9'.split()
EIGHT_BIT = ['grüße', '日本語', 'naïve', 'Ωmega', '€100', 'żółć']
LONGEST_LINE = 998
LARGEST = 1 << 20


class Draft:
    """A message while it is made: a list of [name, value] and lines, both without line ends."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.fields = [
            [b'Received', b' from a.example by b.example; ' + self.text(4)],
            [b'From', b' Author <author@author.example>'],
            [b'To', b' reader@list.example, other@list.example'],
            [b'Subject', b' ' + self.text(6)],
            [b'Date', b' Sun, 22 Nov 2026 10:00:00 +0000'],
            [b'Message-ID', b' <%x@author.example>' % self.rng.getrandbits(64)],
        ]
        lines = self.rng.randrange(2, 9)
        self.lines = [self.text(self.rng.randrange(1, 12)) for _ in range(lines)]

    def text(self, words):
        return b' '.join(self.rng.choice(WORDS) for _ in range(words))

    def white(self):
        return bytes(self.rng.choices(b' \t', k=self.rng.randrange(1, 5)))

    def some_fields(self):
        """Some of the fields that may have any text."""
        free = [field for field in self.fields if field[0].lower() not in (b'from', b'date')]
        return self.rng.sample(free, self.rng.randrange(1, len(free)))

    def octets(self):
        header = b''.join(b'%s:%s\r\n' % tuple(field) for field in self.fields)
        return header + b'\r\n' + b''.join(line + b'\r\n' for line in self.lines)


def plain(_):
    """As it is."""


def folded_fields(draft):
    for field in draft.some_fields():
        folds = (b'\r\n ', b'\r\n\t', b' \r\n  ', b'\t\r\n \t ')
        field[1] = b''.join(draft.rng.choice((b' ',) + folds) + w for w in field[1].split())


def fold_before_the_value(draft):
    for field in draft.some_fields():
        field[1] = b'\r\n' + draft.white() + field[1].strip()


def tabs_and_spaces_in_fields(draft):
    for field in draft.some_fields():
        field[1] = draft.white() + field[1].strip().replace(b' ', draft.white()) + draft.white()


def eight_bit_fields(draft):
    for field in draft.some_fields():
        word = draft.rng.choice(EIGHT_BIT)
        field[1] += b' ' + word.encode(draft.rng.choice(('utf-8', 'utf-8', 'utf-16-be', 'cp1252')),
                                       errors='replace').translate(None, b'\0\r\n')


def eight_bit_body(draft):
    octets = bytes(set(range(1, 256)) - set(b'\r\n'))
    draft.lines += [bytes(draft.rng.choices(octets, k=60)) for _ in range(3)]
    draft.lines += [word.encode() for word in EIGHT_BIT]


def empty_body(draft):
    draft.lines = []


def body_of_empty_lines(draft):
    draft.lines = [b''] * draft.rng.randrange(1, 6)


def body_of_white_lines(draft):
    draft.lines = [draft.white() for _ in range(draft.rng.randrange(1, 4))]


def trailing_empty_lines(draft):
    draft.lines += [b''] * draft.rng.randrange(1, 40)


def trailing_white_lines(draft):
    lines = draft.rng.randrange(2, 9)
    draft.lines += [draft.rng.choice((b'', draft.white())) for _ in range(lines)]


def leading_empty_lines(draft):
    draft.lines[:0] = [b''] * draft.rng.randrange(1, 6)


def white_space_in_the_body(draft):
    draft.lines += [draft.white() + draft.text(3).replace(b' ', draft.white()) + draft.white()
                    for _ in range(8)]


def lines_of_dots(draft):
    draft.lines += [b'.', b'..', b'. .', b'.From', b'From here']


def repeated_fields(draft):
    for field in draft.some_fields():
        for n in range(draft.rng.randrange(1, 4)):
            at = draft.rng.randrange(len(draft.fields) + 1)
            draft.fields.insert(at, [field[0], b' again %d' % n])


def odd_case_of_names(draft):
    for field in draft.fields:
        field[0] = draft.rng.choice((field[0].upper(), field[0].lower(), field[0].swapcase()))


def no_space_after_the_colon(draft):
    for field in draft.fields:
        field[1] = field[1].lstrip(b' ')


def empty_values(draft):
    for name in (b'Comments', b'Keywords', b'X-Empty'):
        draft.fields.append([name, draft.rng.choice((b'', b' ', b'\t', b'  \t '))])


def uncommon_names(draft):
    draft.fields += [[b'X', b' one letter'], [b'X-!#$%&', b' ' + draft.text(2)],
                     [b'List-Id', b' <list.example>'], [b'x_under.dot', b' y']]


def long_lines(draft):
    draft.lines += [bytes(draft.rng.choices(b'abc \t', k=n)) for n in (300, 997, LONGEST_LINE)]


def long_fields(draft):
    ids = [b'<%x@author.example>' % draft.rng.getrandbits(96) for _ in range(60)]
    draft.fields.append([b'References', b' ' + b'\r\n '.join(ids)])
    draft.fields.append([b'X-Long', b' ' + b'y' * (LONGEST_LINE - 60)])  # others may add to it


def many_fields(draft):
    draft.fields += [[b'X-Field-%d' % (n % 40), b' ' + draft.text(2)] for n in range(120)]


def multipart(draft):
    edge = b'=_%x' % draft.rng.getrandbits(64)
    draft.fields += [[b'MIME-Version', b' 1.0'],
                     [b'Content-Type', b' multipart/mixed;\r\n\tboundary="' + edge + b'"']]
    parts = [[b'--' + edge, b'Content-Type: text/plain', b'', draft.text(9), b''],
             [b'--' + edge, b'Content-Transfer-Encoding: base64', b'', b'TWFu' * 19, b''],
             [b'--' + edge + b'--', b'']]
    draft.lines = [b'preamble', *sum(parts, [])]


def encoded_words(draft):
    for field in draft.fields:
        if field[0].lower() == b'subject':
            field[1] = b' =?UTF-8?Q?gr=C3=BC=C3=9Fe?=\r\n =?utf-8?b?5pel5pys?='
    draft.fields.append([b'Cc', b' =?iso-8859-1?q?J=F6rg?= <j@b.example>, undisclosed:;'])


def grow(draft, size):
    line = bytes(draft.rng.choices(b'etaoin shrdlu  \t=.', k=76))
    while size > 0:
        cut = draft.rng.randrange(len(line))
        draft.lines.append(line[cut:] + line[:cut])
        size -= len(line) + 2


def large_body(draft):
    grow(draft, draft.rng.choice((10_000, 50_000, 150_000)))


def largest_body(draft):
    """1 MB now and then, for there are slow peers."""
    grow(draft, LARGEST if draft.rng.random() < 0.25 else 1000)


KINDS = [
    plain, folded_fields, fold_before_the_value, tabs_and_spaces_in_fields, eight_bit_fields,
    eight_bit_body, empty_body, body_of_empty_lines, body_of_white_lines, trailing_empty_lines,
    trailing_white_lines, leading_empty_lines, white_space_in_the_body, lines_of_dots,
    repeated_fields, odd_case_of_names, no_space_after_the_colon, empty_values, uncommon_names,
    long_lines, long_fields, many_fields, multipart, encoded_words, large_body, largest_body,
]
NAMES = [kind.__name__.replace('_', ' ') for kind in KINDS]

# What would make every message large, or take away what other kinds have made.
NEVER_BY_CHANCE = {large_body, largest_body, empty_body, body_of_empty_lines, body_of_white_lines,
                   multipart}


def make(seed, kind):
    """A message of KINDS[kind]."""
    draft = Draft(seed)
    for other in KINDS:
        if other not in NEVER_BY_CHANCE and draft.rng.random() < BY_CHANCE:
            other(draft)
    KINDS[kind](draft)
    return draft.octets()


def signed_names(seed, message_names):
    """A list for h=: From and some of the names there are, some again, some that are not there."""
    rng = random.Random(seed)
    names = ['From', *rng.sample(message_names, rng.randrange(1, len(message_names) + 1))]
    names += rng.choices(names[1:] + ['Reply-To', 'X-Absent'], k=rng.randrange(0, 4))
    first, *rest = names
    rng.shuffle(rest)
    return [first, *rest]


def change(seed, message):
    """The message with one octet another, anywhere."""
    rng = random.Random(seed)
    at = rng.randrange(len(message))
    octet = rng.choice([o for o in range(256) if o != message[at]])
    return message[:at] + bytes([octet]) + message[at + 1:]
