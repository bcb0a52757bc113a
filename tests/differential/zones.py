"""Zones, headers and envelopes of chance for the comparison with mailauth.

A zone is a list of the answers of waybill/answers.h, a name and type once each; what it lacks does
not exist.
"""

import re

# --- DMARC ----------------------------------------------------------------------------------------

# An organisation, what is above and below it, and others.
TREE = ['bank.example', 'mail.bank.example', 'a.mail.bank.example', 'news.bank.example',
        'b.c.d.e.f.g.h.i.bank.example', 'h.i.bank.example', 'other.example', 'a.other.example',
        'city.gov.test', 'tax.city.gov.test', 'mail.tax.city.gov.test', 'gov.test', 'example']

GOOD = ['v=DMARC1; p=none', 'v=DMARC1; p=quarantine', 'v=DMARC1; p=reject',
        'v=DMARC1;p=reject;sp=quarantine', 'v=DMARC1; p=reject; sp=none; np=reject',
        'v=DMARC1; p=none; np=quarantine', 'v=DMARC1; p=reject; adkim=s; aspf=s',
        'v=DMARC1; p=quarantine; adkim=s', 'v=DMARC1; p=reject; aspf=s; adkim=r',
        'v=DMARC1; p=reject; t=y', 'v=DMARC1; p=quarantine; t=y; sp=reject',
        'v=DMARC1; p=reject; rua=mailto:d@bank.example', 'v=DMARC1; p=reject; fo=1:d:s; pct=20']
PSD = ['v=DMARC1; p=reject; psd=y', 'v=DMARC1; p=none; psd=y; np=reject', 'v=DMARC1; p=none; psd=n',
       'v=DMARC1; p=quarantine; psd=n; sp=reject', 'v=DMARC1; p=reject; psd=u']
ODD = ['v = DMARC1 ; p = reject ;', 'V=DMARC1; p=reject', 'v=DMARC1; P=reject',
       'v=dmarc1; p=reject', 'v=DMARC1; p=REJECT', 'v=DMARC1; p=block',
       'v=DMARC1; p=block; rua=mailto:d@bank.example', 'v=DMARC1', 'v=DMARC1;',
       'v=DMARC1; rua=mailto:d@bank.example', 'v=DMARC1; rua=d@bank.example',
       'v=DMARC1; p=reject; p=none', 'v=DMARC1; p=reject; sp=block', 'v=DMARC1; p=none; x=y; z',
       'v=DMARC1; p=reject; sp=block; rua=mailto:d@bank.example', 'p=reject; v=DMARC1',
       ' v=DMARC1; p=reject', 'v=DMARC1 p=reject', 'v=DMARC10; p=reject', 'v=DMARC1; p=reject; t=x',
       'v=DMARC1; p=reject; adkim=x', 'v=DMARC1; p=reject;; aspf=s',
       'v=DMARC1; p=quarantine; psd=x', 'v=DMARC1; p=reject; np=block', 'v=DMARC1; sp=reject',
       'v=DMARC1; p=; rua=mailto:a@b.example', 'v=spf1 -all', 'anything']
FAILURES = ['servfail', 'timeout']

DMARC_KINDS = {'ordinary records': (GOOD, 0, 0), 'public suffixes': (GOOD + PSD * 3, 0, 0),
               'odd records': (ODD * 2 + GOOD, 0, 0), 'several records': (GOOD + ODD, 0.4, 0),
               'a DNS that fails': (GOOD + PSD, 0, 0.25),
               'everything': (GOOD + PSD + ODD, 0.1, 0.1)}


def entry(name, kind, status, *data):
    return {'name': name, 'type': kind, 'status': status,
            **({'data': list(data)} if status == 'answered' else {})}


def parents(name):
    labels = name.split('.')
    return ['.'.join(labels[i:]) for i in range(len(labels))]


def address_of(mailbox):
    """The addr-spec of one that dmarc_case made."""
    return re.sub(r'.*<(.*)>', r'\1', mailbox)


def policies(rng, kind, names):
    records, several, fails = DMARC_KINDS[kind]
    zone = []
    for name in sorted({p for n in names for p in parents(n)}):
        if rng.random() < fails:
            zone.append(entry(f'_dmarc.{name}', 'TXT', rng.choice(FAILURES)))
        elif rng.random() < 0.5:
            texts = [rng.choice(records)]
            if rng.random() < several:
                texts.append(rng.choice(records))
            zone.append(entry(f'_dmarc.{name}', 'TXT', 'answered', *texts))
        elif rng.random() < 0.2:
            zone.append(entry(f'_dmarc.{name}', 'TXT', 'nodata'))
    return zone


def existence(rng, names, fails):
    """Of most names an address, or that they are there without one; of the rest nothing."""
    zone = []
    for name in names:
        status = rng.choice(['answered', 'answered', 'nodata', 'nxdomain'])
        if rng.random() < fails:
            status = rng.choice(FAILURES)
        zone.append(entry(name, 'A', status, '192.0.2.1'))
    return zone


def mailbox(rng, domain):
    case = rng.choice([str, str, str, str.upper, str.title])
    return rng.choice(['a@{}', 'A B <a@{}>', '"a, b" <a@{}>', '<"a b"@{}>']).format(case(domain))


def dmarc_case(rng, kind):
    author = rng.choice(TREE[:-2])
    others = [rng.choice([author, *parents(author)[1:3], *TREE[:-2]])
              for _ in range(rng.randrange(0, 4))]
    identifiers = [['dkim', rng.choice(['pass', 'pass', 'pass', 'fail']), d] for d in others]
    if rng.random() < 0.6:
        identifiers.insert(0, ['spf', rng.choice(['pass', 'pass', 'fail']),
                               rng.choice([author, *parents(author)[1:2], *TREE[:-2]])])
    mailboxes = [mailbox(rng, author) for _ in range(rng.choice([1, 1, 1, 1, 2]))]
    if rng.random() < 0.05:
        mailboxes.append(mailbox(rng, 'third.example'))
    names = [author, *(domain for *_, domain in identifiers)]
    return {'from': mailboxes, 'identifiers': identifiers,
            'zone': policies(rng, kind, names) + existence(rng, [author], DMARC_KINDS[kind][2])}


# --- whole messages -------------------------------------------------------------------------------

IP, OTHER_IP = '192.0.2.17', '2001:db8::17'
SPF = ['v=spf1 ip4:192.0.2.0/24 -all', 'v=spf1 ip6:2001:db8::/32 ~all', 'v=spf1 -all',
       'v=spf1 ?all', 'v=spf1 include:_spf.{0} -all', 'v=spf1 a mx -all', 'v=spf1 a:mx.{0} ~all',
       'v=spf1 redirect=_spf.{0}', 'v=spf1 exists:%{{i}}._spf.{0} -all',
       'v=spf1 ip4:192.0.2.300 -all', 'v=spf1 include:nowhere.{0} -all', 'v=spf1 exp=why.{0} -all',
       'v=spf1 +mx:{0}/24 -all', 'v=spf1 unknown:x -all', 'v=spf1', 'v=spf10 -all']
AUTHORS = ['author.example', 'mail.author.example', 'shop.city.gov.test']
HOPS = ['list.example', 'uni.example', 'gate.author.example', 'far.example']
# How a key may be published: the status, and a text that is not the key.
KEYS = [*[('answered', None)] * 24, ('nxdomain', None), ('nodata', None), ('servfail', None),
        ('timeout', None), ('answered', 'v=DKIM1; p='), ('answered', 'v=DKIM1; k=rsa; p=AAAA')]
DEEDS = ['footer', 'field', 'signs', 'seals', 'seals']


def spf_zone(rng, domain):
    zone = [entry(domain, 'A', 'answered', rng.choice([IP, '198.51.100.1'])),
            entry(f'mx.{domain}', 'A', 'answered', rng.choice([IP, '198.51.100.2'])),
            entry(domain, 'MX', 'answered', f'10 mx.{domain}'),
            entry(f'_spf.{domain}', 'TXT', 'answered', rng.choice(SPF[:3]))]
    choice = rng.random()
    if choice < 0.8:
        zone.append(entry(domain, 'TXT', 'answered', 'some text', rng.choice(SPF).format(domain)))
    elif choice < 0.9:
        zone.append(entry(domain, 'TXT', rng.choice(FAILURES)))
    return zone


def mail_case(rng, key):
    """How a message travels, and all that the DNS says of it. One key serves all."""
    author = rng.choice(AUTHORS)
    hops = [{'domain': domain, 'does': sorted(set(rng.choices(DEEDS, k=rng.randrange(0, 4))))}
            for domain in rng.sample(HOPS, rng.randrange(0, len(HOPS)))]
    sender = rng.choice([author, *(hop['domain'] for hop in hops), 'far.example'])
    zone = [entry(f'r._domainkey.{d}', 'TXT', status, text or key)
            for d in (*AUTHORS, *HOPS) for status, text in [rng.choice(KEYS)]]
    zone += policies(rng, 'public suffixes', [author, 'far.example'])
    zone += [e for d in sorted({sender, author}) for e in spf_zone(rng, d)
             if d == sender or e['type'] == 'A']
    null = rng.random() < 0.3
    return {'author': author, 'author-signs': rng.random() < 0.7, 'hops': hops, 'key': key,
            'ip': rng.choice([IP, IP, OTHER_IP]), 'helo': f'mx.{sender}',
            'mail-from': '<>' if null else f'bounces@{sender}',
            'spf-domain': f'mx.{sender}' if null else sender,
            'zone': list({(e['name'], e['type']): e for e in zone}.values())}
