"""A mail filter that lets everything pass and keeps what it was told, packet by packet.

A packet is one line of text: `<` from the MTA or `>` to it, the command, its data. Octets other
than printable ASCII are \\xHH, a backslash is \\\\."""

import socket
import socketserver
import struct
import threading

CONTINUE, NEGOTIATE, QUIT, QUIT_NC, ABORT, MACRO = b'c', b'O', b'Q', b'K', b'A', b'D'
SILENT = (QUIT, QUIT_NC, ABORT, MACRO)  # no reply is due
VERSION = 6


def line_of(direction, command, data):
    text = ''.join('\\\\' if octet == 0x5c else
                   chr(octet) if 0x20 <= octet < 0x7f else f'\\x{octet:02x}' for octet in data)
    return ' '.join([direction, command.decode('latin-1'), *([text] if text else [])])


class Conversation(socketserver.BaseRequestHandler):
    """One connection of the MTA."""

    def handle(self):
        self.lines = []
        self.server.conversations.append(self.lines)
        while packet := self.receive():
            command, data = packet[:1], packet[1:]
            self.lines.append(line_of('<', command, data))
            if command == QUIT:
                return
            if command == NEGOTIATE:
                self.reply(NEGOTIATE, struct.pack('>III', VERSION, *self.server.wanted(data)))
            elif command not in SILENT:
                self.reply(CONTINUE, b'')

    def receive(self):
        """A packet, or nothing at the end of the connection."""
        head = self.request.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            return b''
        return self.request.recv(struct.unpack('>I', head)[0], socket.MSG_WAITALL)

    def reply(self, command, data):
        self.lines.append(line_of('>', command, data))
        self.request.sendall(struct.pack('>I', 1 + len(data)) + command + data)


class Milter(socketserver.ThreadingTCPServer):
    """Listens on a port of the site; ends with its block. Of the actions and steps that the MTA
    offers it takes those of these masks."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, site, actions=0xffffffff, steps=0):
        super().__init__((site.address, 0), Conversation)
        self.actions, self.steps, self.conversations = actions, steps, []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05},
                         daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def wanted(self, data):
        _, actions, steps = struct.unpack('>III', data[:12])
        return actions & self.actions, steps & self.steps
