"""A DNS server for tests: UDP and TCP on a loopback port, ends with its block."""
import errno
import select
import socket
import struct
import threading
import time
from contextlib import suppress

TXT, CNAME = 16, 5
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5

HELD_AT_LEAST = 0.3  # seconds that a held answer waits
HELD_AT_MOST = 5.0   # where the others never come


def pack_name(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def pack_txt(text):
    return b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255]
                    for i in range(0, len(text), 255)) or b"\0"


def one_port():
    """A TCP and a UDP socket on the same port. Whoever asks a resolver at this moment sends from
    UDP ports all over the range, so the port that is free for one need not be for the other."""
    while True:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.bind(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
            return tcp, udp
        except OSError as error:
            tcp.close()
            udp.close()
            if error.errno != errno.EADDRINUSE:
                raise


class Query:
    def __init__(self, packet):
        self.id = packet[:2]
        self.labels, at = [], 12
        while packet[at]:
            self.labels.append(packet[at + 1:at + 1 + packet[at]])
            at += 1 + packet[at]
        self.type = struct.unpack(">H", packet[at + 1:at + 3])[0]
        self.question = packet[12:at + 5]
        self.key = tuple(label.lower() for label in self.labels)

    def reply(self, rcode=NOERROR, records=(), truncated=False):
        flags = 0x8180 | rcode | (0x0200 if truncated else 0)
        head = self.id + struct.pack(">HHHHH", flags, 1, len(records), 0, 0)
        return head + self.question + b"".join(
            owner + struct.pack(">HHIH", kind, 1, 300, len(data)) + data
            for owner, kind, data in records)


class DnsServer:
    """`zone` maps tuples of labels to a function (query, over_tcp) -> packet or None: silence.
    Names under `held` are answered together: when `wave` of them wait, or after HELD_AT_MOST."""

    def __init__(self, zone, held=(), wave=0):
        self.zone, self.held, self.wave = zone, tuple(held), wave
        self.waiting, self.most_open, self.asked = {}, 0, []
        self.oldest = 0.0
        self.stop = threading.Event()

    def __enter__(self):
        self.tcp, self.udp = one_port()
        self.tcp.listen(16)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.address = f"127.0.0.1@{self.udp.getsockname()[1]}"
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.stop.set()
        self.thread.join()
        self.udp.close()
        self.tcp.close()

    def run(self):
        while not self.stop.is_set():
            ready, _, _ = select.select([self.udp, self.tcp], [], [], 0.02)
            if self.udp in ready:
                packet, sender = self.udp.recvfrom(65535)
                self.take(Query(packet), sender)
            if self.tcp in ready:
                connection, _ = self.tcp.accept()
                threading.Thread(target=self.serve_over_tcp, args=[connection], daemon=True).start()
            self.release()

    def take(self, query, sender):
        self.asked.append(query.key)
        if self.held and query.key[-len(self.held):] == self.held:
            if not self.waiting:
                self.oldest = time.monotonic()
            self.waiting.setdefault(query.key, []).append((query, sender))
            self.most_open = max(self.most_open, len(self.waiting))
            return
        reply = self.answer(query, False)
        if reply:
            self.udp.sendto(reply, sender)

    def release(self):
        held_for = time.monotonic() - self.oldest
        if not self.waiting or held_for < HELD_AT_LEAST:
            return
        if len(self.waiting) >= self.wave or held_for > HELD_AT_MOST:
            for askers in self.waiting.values():
                for query, sender in askers:
                    self.udp.sendto(self.answer(query, False), sender)
            self.waiting = {}

    def serve_over_tcp(self, connection):
        """One query; it is the asker who hangs up."""
        connection.settimeout(HELD_AT_MOST)
        with connection, suppress(OSError):
            data = connection.recv(65535)
            reply = self.answer(Query(data[2:]), True)
            connection.sendall(struct.pack(">H", len(reply)) + reply)
            connection.recv(1)

    def answer(self, query, over_tcp):
        made = self.zone.get(query.key)
        return made(query, over_tcp) if made else query.reply(NXDOMAIN)


def labels(name):
    return tuple(label.encode() for label in name.lower().split("."))


def txt(*texts):
    return lambda query, over_tcp: query.reply(
        NOERROR, [(b"\xc0\x0c", TXT, pack_txt(t)) for t in texts] if query.type == TXT else [])


def large_txt(text):
    """Does not fit a datagram: the asker has to come again over TCP."""
    return lambda query, over_tcp: (
        txt(text)(query, True) if over_tcp else query.reply(truncated=True))


def alias(target):
    """The alias alone: the asker comes again for what is behind it."""
    return lambda query, over_tcp: query.reply(
        NOERROR, [(b"\xc0\x0c", CNAME, pack_name(labels(target)))])


def rcode(code):
    return lambda query, over_tcp: query.reply(code)


def silence(query, over_tcp):
    return None
