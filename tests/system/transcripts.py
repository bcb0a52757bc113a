#!/usr/bin/python3
"""transcripts.py BUILD FOLDER [--write]: what Postfix and Sendmail say to a mail filter is what the
transcripts in the folder say, which the tests of `milter/` replay. With --write they are made anew.

The first lines of a transcript are comments (`#`); the others are packets, see servers/milter.py.
What differs from run to run is written alike: the address and the ports of the site, queue ids.
Prints TAP.
"""

import re
import sys
from functools import partial
from pathlib import Path

from harness import (EIGHT_BIT, MTAS, Client, Message, Sink, Site, Tests, equal, require, text)
from servers.milter import Milter

BUILD, FOLDER = sys.argv[1], Path(sys.argv[2])
WRITE = '--write' in sys.argv[3:]
OURS, THEIRS = '192.0.2.1', '192.0.2.33'  # how transcripts call the site and its client

# Steps of the protocol that the filter takes: none, or SKIP, RCPT_REJ, HDR_LEADSPC.
PLAIN, RICH = 0, 0x400 | 0x800 | 0x100000

INBOUND = Message(
    text('Brötchen.\r\nTwo lines.\r\n'.encode(), **EIGHT_BIT, Subject=' Bread\r\n  and\tbutter',
         Empty=''),
    recipients=['bob@example.org', 'carol@example.org'], options=('BODY=8BITMIME',))
OUTBOUND = Message(text(b'One of you is hidden.\r\n', From='Bob <bob@example.org>',
                        To='Alice <alice@author.example>'),
                   sender='bob@example.org', recipients=['alice@author.example',
                                                         'dave@author.example'])
REFUSED = Message(INBOUND.octets, recipients=['bob@example.org', 'eve@elsewhere.example'])
CLIENT = {'ADDR': THEIRS, 'PORT': '4242', 'NAME': 'client.example'}
USER = {'ADDR': '192.0.2.77', 'PORT': '4242', 'NAME': 'laptop.example.org', 'LOGIN': 'bob'}

# Transcript -> MTA, daemon, steps, what the client claims to be, messages.
CASES = {
    'postfix-inbound': ('postfix', 'in', PLAIN, CLIENT, [INBOUND]),
    'postfix-inbound-leadspc': ('postfix', 'in', RICH, CLIENT, [INBOUND]),
    'postfix-outbound': ('postfix', 'ORIGINATING', PLAIN, USER, [OUTBOUND]),
    'postfix-refused-recipient': ('postfix', 'in', RICH, CLIENT, [REFUSED]),
    'postfix-two-messages': ('postfix', 'in', RICH, CLIENT, [INBOUND, INBOUND]),
    'sendmail-inbound': ('sendmail', 'in', PLAIN, {}, [INBOUND]),
    'sendmail-inbound-leadspc': ('sendmail', 'in', RICH, {}, [INBOUND]),
    'sendmail-outbound': ('sendmail', 'ORIGINATING', PLAIN, {}, [OUTBOUND]),
    'sendmail-two-messages': ('sendmail', 'in', RICH, {}, [INBOUND, INBOUND]),
}

# What differs from run to run, and how it is written.
MASKS = [
    (r'(< C .*\\x004).*?(192\.0\.2\.\d+\\x00)$', r'\1\\x10\\x92\2'),  # the client's port
    (rf'(\[{re.escape(OURS)}\]):\d+', r'\1:25'),
    (r'(i\\x00)[0-9A-F]{9,15}(?=\\x00)', r'\g<1>4A5B6C7D8E'),
    (r'(i\\x00)[0-9A-Za-z]{8}\d{6}(?=\\x00)', r'\g<1>6AQ900Ab001234'),
]


def masked(line, site):
    line = line.replace(site.address, OURS).replace(site.client, THEIRS)
    for pattern, wanted in MASKS:
        line = re.sub(pattern, wanted, line)
    return line


def converse(kind, daemon, steps, claims, messages):
    """The lines of the conversation of an MTA with its filter that was about these messages."""
    with Site(BUILD) as site, Sink(site) as sink, Milter(site, steps=steps) as milter:
        mta = MTAS[kind](site, sink, {daemon: milter.port}).start()
        with Client(site, mta.ports[daemon], **claims) as client:
            for message in messages:
                code, reply = client.submit(message.sender, message.recipients, message.octets,
                                            *message.options)
                equal(code, 250, f'reply ({reply})')
        sink.take(len(messages))
        mta.stop()  # ends its conversations
        [lines] = [lines for lines in milter.conversations if any(line.startswith('< M')
                                                                  for line in lines)]
        return [masked(line, site) for line in lines]


def check(name, case):
    lines = converse(*case)
    file = FOLDER / f'{name}.txt'
    if WRITE:
        kind, daemon, steps, _, messages = case
        file.write_text(f'# {kind}, daemon {daemon}, steps taken {steps:#x}, '
                        f'messages {len(messages)}\n' + '\n'.join(lines) + '\n')
    kept = [line for line in file.read_text().splitlines() if not line.startswith('#')]
    equal(lines, kept, f'the conversation of {name}')


def main():
    require(BUILD, *MTAS)
    tests = Tests()
    for name, case in CASES.items():
        tests.add(name, partial(check, name, case))
    return tests.run()


if __name__ == '__main__':
    sys.exit(main())
