"""dns_forwarder.py ZONE MILLISECONDS: a DNS server on loopback that answers from the JSON of
waybill/answers.h, each question after so long, all of them at the same time.

Prints its address, "127.0.0.1@PORT", and serves UDP until its standard input ends.
"""

import asyncio
import ipaddress
import json
import struct
import sys
from pathlib import Path

TYPES = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
NOERROR, NXDOMAIN = 0, 3
TTL = 300
TO_THE_NAME = b"\xc0\x0c"  # RFC 1035 section 4.1.4


def pack_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def pack_datum(kind, datum):
    if kind == "TXT":
        octets = datum.encode("latin-1")
        return b"".join(bytes([len(octets[i:i + 255])]) + octets[i:i + 255]
                        for i in range(0, len(octets), 255))
    if kind == "MX":
        preference, host = datum.split()
        return struct.pack(">H", int(preference)) + pack_name(host)
    return pack_name(datum) if kind == "PTR" else ipaddress.ip_address(datum).packed


def pack_record(kind, datum):
    octets = pack_datum(kind, datum)
    return TO_THE_NAME + struct.pack(">HHIH", TYPES[kind], 1, TTL, len(octets)) + octets


class Zone:
    """The records of each name and type, packed; a name above one that is there is there too."""

    def __init__(self, text):
        self.records, self.names = {}, set()
        for entry in json.loads(text)["answers"]:
            labels = entry["name"].lower().encode().split(b".")
            key = (tuple(labels), TYPES[entry["type"]])
            self.records[key] = [pack_record(entry["type"], d) for d in entry.get("data", ())]
            self.names.update(tuple(labels[i:]) for i in range(len(labels)))

    def reply(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].lower())
            at += 1 + query[at]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        records = self.records.get((tuple(labels), kind), [])
        flags = 0x8180 | (NOERROR if tuple(labels) in self.names else NXDOMAIN)
        return query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + \
            query[12:at + 5] + b"".join(records)


class Forwarder(asyncio.DatagramProtocol):
    def __init__(self, zone, seconds):
        self.zone, self.seconds = zone, seconds

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, query, sender):
        reply = self.zone.reply(query)
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.transport.sendto, reply,
                                                  sender)
        else:
            self.transport.sendto(reply, sender)


async def main(zone, milliseconds):
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Forwarder(zone, milliseconds / 1000), ("127.0.0.1", 0))
    print(f"127.0.0.1@{transport.get_extra_info('sockname')[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Zone(Path(sys.argv[1]).read_text()), float(sys.argv[2])))
