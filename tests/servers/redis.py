"""Redis in a root of its own, on a host of the test's network; nothing is written to a disk."""

import socket

from .network import Namespace
from .site import Server

REDIS = '/usr/bin/redis-server'
PORT = 6379
PASSWORD = 'pepper'


class Redis(Server):
    def __init__(self, site, number):
        super().__init__(site, 'redis', site.root('redis', 'redis'))
        self.net = Namespace(number)
        self.address, self.within = self.net.address, self.net.within

    def start(self):
        super().start(REDIS, '--bind', self.address, '--port', str(PORT), '--save', '',
                      '--requirepass', PASSWORD)
        self.wait_for_port(PORT)
        return self

    def say(self, command):
        """The first line of the reply to an inline command."""
        with socket.create_connection((self.address, PORT)) as connection:
            connection.sendall(f'AUTH {PASSWORD}\r\n{command}\r\n'.encode())
            with connection.makefile('rb') as replies:
                assert replies.readline() == b'+OK\r\n'
                return replies.readline().decode().rstrip('\r\n')

    def stop(self):
        status = super().stop()
        self.net.close()
        return status
