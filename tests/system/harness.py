"""What the system tests share: a site with either MTA, messages, and the skip of the whole."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))
from servers import roots  # noqa: E402
from servers.client import Client  # noqa: E402, F401
from servers.postfix import Postfix  # noqa: E402
from servers.sendmail import Sendmail  # noqa: E402
from servers.sink import Sink  # noqa: E402
from servers.site import Site, show, wait_until  # noqa: E402, F401
from support.tap import Tests, equal, within  # noqa: E402, F401

MTAS = {'postfix': Postfix, 'sendmail': Sendmail}


def require(build, *kinds):
    """Makes the roots of these servers; where they cannot be, the test ends here, skipped."""
    why = roots.missing_right()
    try:
        for kind in () if why else kinds:
            roots.make(Path(build) / 'servers', kind)
    except OSError as error:
        why = f'a root for {kind} cannot be made: {error}'
    if why:
        print(f'1..0 # SKIP {why}')
        sys.exit(0)


@dataclass
class Message:
    octets: bytes
    sender: str = 'alice@author.example'
    recipients: list = field(default_factory=lambda: ['bob@example.org'])
    options: tuple = ()
    mtas: tuple = tuple(MTAS)


def text(body, **header):
    """A message as it goes over the wire; names of fields have `_` for a hyphen."""
    names = {'From': 'Alice <alice@author.example>', 'To': 'Bob <bob@example.org>',
             'Subject': 'Bread', 'Date': 'Thu, 26 Nov 2026 09:00:00 +0000',
             'Message_ID': '<bread.1@author.example>', **header}
    lines = ''.join(f'{name.replace("_", "-")}: {value}\r\n' for name, value in names.items())
    return (lines + '\r\n').encode() + body


EIGHT_BIT = {'MIME_Version': '1.0', 'Content_Type': 'text/plain; charset=utf-8',
             'Content_Transfer_Encoding': '8bit'}
LINE = b'0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n'
MESSAGES = {
    'a short message': Message(text(b'Dough, water, salt.\r\n')),
    'dots and empty lines': Message(text(b'.\r\n\r\n..\r\n.dot\r\n\r\n\r\n')),
    'no body': Message(text(b'')),
    'folded fields': Message(text(b'x\r\n', Subject='Bread\r\n and\r\n\tbutter',
                                  X_Spaces='  a  b ')),
    'several recipients': Message(
        text(b'For both.\r\n', To='Bob <bob@example.org>, Carol <carol@example.org>'),
        recipients=['bob@example.org', 'carol@example.org']),
    'Bcc': Message(text(b'One of you is hidden.\r\n'),
                   recipients=['bob@example.org', 'dave@example.org']),
    '8-bit': Message(text('Brötchen, crème fraîche.\r\n'.encode(), **EIGHT_BIT),
                     options=('BODY=8BITMIME',)),
    'SMTPUTF8': Message(
        text('Grüße.\r\n'.encode(), **EIGHT_BIT, **{'Subject': 'Brötchen',
                                                     'From': 'Jörg <jörg@author.example>'}),
        sender='jörg@author.example', recipients=['zoë@example.org'],
        options=('BODY=8BITMIME', 'SMTPUTF8'), mtas=('postfix',)),  # Debian's Sendmail has no EAI
    '10 MB': Message(text(LINE * (10_000_000 // len(LINE)))),
}
