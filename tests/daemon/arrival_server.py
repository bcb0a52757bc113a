"""A server that keeps arrivals: as much of Redis as waybilld speaks to, and replies that no Redis
gives, when a test wants them."""

import socketserver
import threading


def bulk(value):
    return b'$-1\r\n' if value is None else b'$%d\r\n%s\r\n' % (len(value), value)


def integer(value):
    return b':%d\r\n' % value


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        while command := self.read():
            self.server.commands.append(command[0].decode())
            reply = self.server.reply_to(*command)
            if reply is None:
                return
            self.wfile.write(reply)

    def read(self):
        """The words of a command: *N, then $LENGTH and octets for each; none at the end."""
        head = self.rfile.readline()
        words = []
        for _ in range(int(head[1:] or b'0')):
            n = int(self.rfile.readline()[1:])
            words.append(self.rfile.read(n + 2)[:-2])
        return words


class ArrivalServer(socketserver.ThreadingUnixStreamServer):
    """`lies`: command -> what is said to it instead, None to hang up. Ends with its block."""
    daemon_threads = True

    def __init__(self, path):
        super().__init__(path, Conversation)
        self.kept, self.commands, self.lies = {}, [], {}

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05},
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def reply_to(self, command, *words):
        if command.decode() in self.lies:
            return self.lies[command.decode()]
        return getattr(self, command.decode().lower())(*words)

    def ping(self):
        return b'+PONG\r\n'

    def set(self, key, value, *_expiry):
        self.kept[key] = value
        return b'+OK\r\n'

    def append(self, key, value):
        self.kept[key] = self.kept.get(key, b'') + value
        return integer(len(self.kept[key]))

    def expire(self, key, _seconds):
        return integer(key in self.kept)

    def rename(self, key, to):
        self.kept[to] = self.kept.pop(key)
        return b'+OK\r\n'

    def get(self, key):
        return bulk(self.kept.get(key))

    def delete(self, key):
        return integer(self.kept.pop(key, None) is not None)


setattr(ArrivalServer, 'del', ArrivalServer.delete)  # as the command is called
