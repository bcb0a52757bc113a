"""Sessions and zones for SPF: records of all terms, good and broken, that speak of each other."""

import ipaddress
import random

NAMES = [f'd{i}.example' for i in range(6)] + ['mail.d0.example', 'h.d1.example', 'gone.example']
ADDRESSES = ['192.0.2.1', '192.0.2.2', '192.0.2.130', '198.51.100.1', '203.0.113.9']
ADDRESSES_6 = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '2001:db8:ffff::1']
MACROS = ['%{d}', '%{o}', '%{l}.d0.example', '%{ir}.%{v}.d1.example', '%{i}.d2.example',
          '%{h}', '%{d1r}.d3.example', '%{l1r-}.%{d2}', '%{lr+-}.d4.example', '%{L}.d5.example',
          '%{s}.d0.example', 'x%%y.d1.example', '%{d3}', '%{o2r}.d2.example', '%{l=/}.d3.example']
RARE_MACROS = ['%{p}', '%{p2}.d0.example', '%{p}.d1.example']
LOCAL_PARTS = ['user', 'a-b', 'a-b+c', 'x.y-z', 'A', 'me=you', 'a--b', '']
EXPLANATIONS = ['See http://x.example/?s=%{S}&i=%{C}', '%{l} at %{d} from %{i}, says %{r}', '%{p}',
                'plain', 'broken %{z}', 'odd %', '%{h} %{o} %{v} %{dr} %{d1}', '%%%_%-', '']
BROKEN = ['moo', 'a:', 'ip4:1.2.3', 'ip4:192.0.2.1/33', 'ip6:2001:db8::/129', 'include', 'all:x.y',
          'redirect:d0.example', 'exists', 'a:d0.example/33', 'ptr/8', 'a:foo', 'mx:%{x}', '+x=y']


class Shape:
    """One session and its zone: name -> type -> a list of data, or a status."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.six = self.chance(0.25)
        self.session = {'ip': self.rng.choice(ADDRESSES_6 if self.six else ADDRESSES),
                        'helo': self.rng.choice(NAMES[:8] + ['HELO.d0.Example', 'oem']),
                        'mail_from': self.sender(), 'receiver': 'mx.receiver.example', 'now': 1}
        self.zone = {}
        for name in NAMES[:-1]:
            self.fill(name)
        self.reverse()
        self.answer_macros()

    def chance(self, share):
        return self.rng.random() < share

    def sender(self):
        return f'{self.rng.choice(LOCAL_PARTS)}@{self.rng.choice(NAMES[:6])}'

    def domain(self):
        if self.chance(0.03):
            return self.rng.choice(RARE_MACROS)
        if self.chance(0.2):
            return self.rng.choice(MACROS)
        return self.rng.choice(NAMES)

    def target(self):
        return '' if self.chance(0.5) else ':' + self.domain()

    def prefix(self):
        four = self.rng.choice(['', '', '/24', '/32', '/25', '/0', '/31'])
        return four + self.rng.choice(['', '', '', '//64', '//48', '//0', '//128'])

    def mechanism(self):
        kind = self.rng.choice(['a', 'a', 'mx', 'include', 'include', 'ip4', 'ip6', 'exists', 'ptr'])
        if kind == 'ip4':
            return f'ip4:{self.rng.choice(ADDRESSES)}' + self.rng.choice(['', '/24', '/25', '/31'])
        if kind == 'ip6':
            return f'ip6:{self.rng.choice(ADDRESSES_6)}' + self.rng.choice(['', '/64', '/32'])
        if kind in ('include', 'exists'):
            return f'{kind}:{self.domain()}'
        return kind + self.target() + (self.prefix() if kind != 'ptr' else '')

    def term(self):
        if self.chance(0.02):
            return self.rng.choice(BROKEN)
        if self.chance(0.04):
            return self.rng.choice(['moo=', 'x-y.z=%{d}:/', 'A=b', 'default=-'])
        return self.rng.choice(['', '', '', '', '+', '-', '~', '?']) + self.mechanism()

    def record(self):
        terms = [self.term() for _ in range(self.rng.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 12]))]
        if self.chance(0.4):
            terms.insert(self.rng.randrange(len(terms) + 1), f'exp=x{self.rng.randrange(9)}.example')
        terms.append(self.rng.choice(['-all', '-all', '~all', '?all', '', 'all',
                                      f'redirect={self.domain()}']))
        return 'v=spf1 ' + self.rng.choice([' ', ' ', '  ']).join(terms)

    def hosts(self):
        n = self.rng.choice([0, 0, 1, 2, 3, 3, 10, 11])
        return [f'{i} {self.rng.choice(NAMES)}' for i in range(n)]

    def fill(self, name):
        texts = [self.record()] if self.chance(0.93) else \
            self.rng.choice([[], ['hello'], [self.record(), self.record()], ['v=spf10']])
        if self.chance(0.2):
            texts.append('some text')
        listed = {'TXT': texts, 'MX': self.hosts(),
                  'A': self.rng.sample(ADDRESSES, self.rng.choice([0, 1, 1, 2])),
                  'AAAA': self.rng.sample(ADDRESSES_6, self.rng.choice([0, 1, 1, 2]))}
        for kind in listed:
            if self.chance(0.015):
                listed[kind] = self.rng.choice(['servfail', 'timeout'])
        self.zone[name] = listed

    def reverse(self):
        for ip in ADDRESSES:
            name = '.'.join(reversed(ip.split('.'))) + '.in-addr.arpa'
            self.zone[name] = {'PTR': self.rng.sample(NAMES, self.rng.choice([0, 1, 2, 4]))}
        for ip in ADDRESSES_6:
            self.zone[ipaddress.ip_address(ip).reverse_pointer] = {
                'PTR': self.rng.sample(NAMES, self.rng.choice([0, 1, 2, 4]))}

    def answer_macros(self):
        """Some of what macros make is there, and explanations."""
        for i in range(8):
            n = 1 if self.chance(0.85) else 2
            self.zone[f'x{i}.example'] = {'TXT': self.rng.sample(EXPLANATIONS, n)}
        local = self.session['mail_from'].split('@')[0].lower() or 'postmaster'
        for name in (f'{local}.d0.example', f'{self.session["ip"]}.d2.example',
                     f'{local.split("-")[0]}.example', 'example.d3.example',
                     f'{local}.d5.example', f'{self.session["mail_from"].lower()}.d0.example',
                     'x%y.d1.example', local.replace('=', '.') + '.d3.example'):
            if self.chance(0.6):
                self.zone.setdefault(name, {'A': ['127.0.0.2', self.rng.choice(ADDRESSES)]})

    def find(self, name, kind):
        """A list of data, or a status."""
        listed = self.zone.get(name.lower())
        if listed is None:
            return 'nxdomain'
        return listed.get(kind) or 'nodata'
