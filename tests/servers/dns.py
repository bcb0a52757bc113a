"""A resolver that does as it is told: it tells the truth, at once or later, or it lies."""

from contextlib import contextmanager

from dns_server import DnsServer, labels, txt


class Resolver(DnsServer):
    """`zone`: name -> TXT record. `lies`: name -> a function (query, over_tcp) -> octets or None,
    for the name and all below it. Ends with its block."""

    def __init__(self, zone, lies):
        super().__init__({labels(name): txt(text.encode()) for name, text in zone.items()})
        self.lies = {labels(name): lie for name, lie in lies.items()}
        self.is_silent, self.unanswered = False, []

    @contextmanager
    def silent(self):
        """Within the block nothing is answered; at its end everything is."""
        self.is_silent = True
        try:
            yield
        finally:
            self.is_silent = False

    def take(self, query, sender):
        if self.is_silent:
            self.unanswered.append((query, sender))
        else:
            super().take(query, sender)

    def release(self):
        while self.unanswered and not self.is_silent:
            super().take(*self.unanswered.pop(0))

    def answer(self, query, over_tcp):
        lie = next((lie for name, lie in self.lies.items() if query.key[-len(name):] == name), None)
        return lie(query, over_tcp) if lie else super().answer(query, over_tcp)
