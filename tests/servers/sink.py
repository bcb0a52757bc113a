"""The far end: an SMTP server that takes everything and keeps it octet for octet."""

import socketserver
import threading
from dataclasses import dataclass, field

from .site import wait_until

EXTENSIONS = ('8BITMIME', 'SMTPUTF8', 'SIZE', 'PIPELINING')


@dataclass
class Delivery:
    """The envelope as the commands gave it, and the message without dot stuffing."""
    sender: str = ''
    recipients: list = field(default_factory=list)
    octets: bytes = b''


def path_of(line):
    """What stands between the angle brackets, and the parameters behind."""
    path, _, options = line.partition('<')[2].partition('>')
    return path, options.split()


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.reply('220 sink.example ESMTP')
        while line := self.rfile.readline():
            line = line.decode('utf-8', 'surrogateescape').rstrip('\r\n')
            verb = line[:4].upper()
            {'EHLO': self.ehlo, 'MAIL': self.sender, 'RCPT': self.recipient,
             'DATA': self.data}.get(verb, self.other)(line)
            if verb == 'QUIT':
                return

    def reply(self, *lines):
        code, last = lines[0][:3], len(lines) - 1
        for number, line in enumerate(lines):
            text = line if number == 0 else f'{code} {line}'
            self.wfile.write((text if number == last else f'{code}-{text[4:]}').encode() + b'\r\n')

    def ehlo(self, _):
        self.reply('250 sink.example', *self.server.extensions)

    def sender(self, line):
        self.delivery = Delivery(path_of(line)[0])
        self.reply('250 2.1.0 ok')

    def recipient(self, line):
        self.delivery.recipients.append(path_of(line)[0])
        self.reply('250 2.1.5 ok')

    def data(self, _):
        self.reply('354 go on')
        lines = []
        while (line := self.rfile.readline()) != b'.\r\n':
            if not line:
                return  # the connection broke: nothing was delivered
            lines.append(line[1:] if line.startswith(b'.') else line)
        self.delivery.octets = b''.join(lines)
        self.server.deliveries.append(self.delivery)
        self.reply('250 2.0.0 kept')

    def other(self, _):
        self.reply('250 2.0.0 ok')


class Sink(socketserver.ThreadingTCPServer):
    """Listens on a port of the site, or at another address and port; ends with its block."""
    allow_reuse_address = daemon_threads = True
    # Of those that an MTA makes at once: one that finds no room waits for a greeting that nobody
    # sends, until the MTA's patience ends.
    request_queue_size = 128

    def __init__(self, site, extensions=EXTENSIONS, at=None):
        super().__init__(at or (site.address, 0), Session)
        self.extensions, self.deliveries = extensions, []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05},
                         daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def take(self, count=1):
        """The deliveries so far, of which there must be so many; they are forgotten."""
        for n in range(1, count + 1):
            wait_until(lambda: len(self.deliveries) >= n, f'delivery {n} of {count}')
        taken, self.deliveries = self.deliveries, []
        assert len(taken) == count, f'{len(taken)} deliveries instead of {count}'
        return taken
