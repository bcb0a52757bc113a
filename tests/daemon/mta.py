"""An MTA's side of the milter protocol, for tests: it offers what Postfix 3.7 offers, hands a
message over and collects what the filter answers."""

import socket
import struct

# What Postfix 3.7 offers: protocol 6, all actions but those on bodies taken away later, every step.
VERSION, ACTIONS, STEPS = 6, 0x1FF, 0x1FFFFF
LEADING_SPACE = 0x100000
NO_REPLY = {'C': 0x1000, 'H': 0x2000, 'M': 0x4000, 'R': 0x8000, 'T': 0x10000, 'L': 0x80,
            'N': 0x40000, 'B': 0x80000}


class Broken(Exception):
    """The filter closed the connection, or said nothing in time."""


class Mta:
    """One connection. `client` is (host, address)."""

    def __init__(self, where, timeout=30):
        family = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(where)
        self.read = b''

    def close(self):
        self.socket.close()

    def send(self, command, data=b''):
        self.socket.sendall(struct.pack('>I', len(data) + 1) + command.encode() + data)

    def receive(self):
        """(command, data) of the next packet."""
        while len(self.read) < 4 or len(self.read) < 4 + struct.unpack('>I', self.read[:4])[0]:
            try:
                octets = self.socket.recv(65536)
            except OSError as error:
                raise Broken(str(error)) from error
            if not octets:
                raise Broken('closed')
            self.read += octets
        n = struct.unpack('>I', self.read[:4])[0]
        packet, self.read = self.read[4:4 + n], self.read[4 + n:]
        return packet[:1].decode(), packet[1:]

    def negotiate(self, version=VERSION, actions=ACTIONS, steps=STEPS):
        self.send('O', struct.pack('>III', version, actions, steps))
        command, data = self.receive()
        assert command == 'O', command
        self.version, self.actions, self.steps = struct.unpack('>III', data[:12])
        return self

    def macros(self, command, **values):
        data = command.encode()
        for name, value in values.items():
            name = name if len(name) == 1 else '{' + name + '}'
            data += name.encode() + b'\0' + value.encode() + b'\0'
        self.send('D', data)

    def step(self, command, data=b''):
        """A command and its answer: 'c' where none is to be waited for."""
        self.send(command, data)
        return 'c' if self.steps & NO_REPLY.get(command, 0) else self.receive()[0]

    def connect(self, host='client.example', address='192.0.2.1', **macros):
        self.macros('C', j='mx.example.org', **macros)
        kind = b'6' if ':' in address else b'4'
        return self.step('C', host.encode() + b'\0' + kind + struct.pack('>H', 25) +
                         address.encode() + b'\0')

    def helo(self, name='client.example'):
        return self.step('H', name.encode() + b'\0')

    def mail(self, sender='<alice@example.org>', **macros):
        self.macros('M', **macros)
        return self.step('M', sender.encode() + b'\0')

    def rcpt(self, recipient='<bob@example.net>', i='4XyZ'):
        self.macros('R', i=i)
        return self.step('R', recipient.encode() + b'\0')

    def header(self, message):
        """All fields of a message with CRLF, as an MTA gives them: LF folds."""
        head, _, body = message.partition(b'\r\n\r\n')
        field = b''
        for line in head.split(b'\r\n') + [b'']:
            if line[:1] in (b' ', b'\t'):
                field += b'\n' + line
                continue
            if field:
                name, _, value = field.partition(b':')
                if not self.steps & LEADING_SPACE:
                    value = value.lstrip(b' ')
                self.step('L', name + b'\0' + value + b'\0')
            field = line
        self.step('N')
        return body

    def body(self, octets):
        for at in range(0, len(octets), 65535):
            self.step('B', octets[at:at + 65535])

    def end(self, i='4XyZ'):
        """Everything up to the verdict: [(command, data), …]."""
        self.macros('E', i=i)
        self.send('E')
        answers = []
        while True:
            command, data = self.receive()
            answers.append((command, data))
            if command in 'acdrty':
                return answers

    def message(self, message, sender='<alice@example.org>', recipients=('<bob@example.net>',),
                i='4XyZ', **macros):
        """Hands a message over; what came of it."""
        if self.mail(sender, **macros) != 'c':
            return [('accepted at MAIL', b'')]
        for recipient in recipients:
            self.rcpt(recipient, i)
        self.step('T')
        self.body(self.header(message))
        return self.end(i)


def said(answers):
    """The answers as lines: what a test compares."""
    lines = []
    for command, data in answers:
        if command == 'i':
            index = struct.unpack('>I', data[:4])[0]
            name, value = data[4:].split(b'\0')[:2]
            lines.append(f'insert {index} {name.decode()}:{value.decode()}')
        elif command == 'm':
            index = struct.unpack('>I', data[:4])[0]
            name, value = data[4:].split(b'\0')[:2]
            lines.append(f'change {index} {name.decode()}:{value.decode()}')
        elif command == 'y':
            lines.append('reply ' + data.rstrip(b'\0').decode())
        elif command == 'q':
            lines.append('quarantine ' + data.rstrip(b'\0').decode())
        else:
            words = {'c': 'continue', 'a': 'accept', 'r': 'reject', 't': 'tempfail',
                     'p': 'progress'}
            lines.append(words.get(command, command))
    return lines


def apply(message, answers):
    """The message as the MTA has it after the answers; fields as lists of octets."""
    head, _, body = message.partition(b'\r\n\r\n')
    fields = []
    for line in head.split(b'\r\n'):
        if line[:1] in (b' ', b'\t'):
            fields[-1] += b'\r\n' + line
        else:
            fields.append(line)
    for command, data in answers:
        if command not in 'im':
            continue
        index = struct.unpack('>I', data[:4])[0]
        name, value = data[4:].split(b'\0')[:2]
        field = name + b':' + value.replace(b'\n', b'\r\n')
        if command == 'i':
            fields.insert(index, field)
            continue
        same = [i for i, f in enumerate(fields)
                if f.partition(b':')[0].strip().lower() == name.lower()]
        if value:
            fields[same[index - 1]] = field
        else:
            del fields[same[index - 1]]
    return b'\r\n'.join(fields) + b'\r\n\r\n' + body
