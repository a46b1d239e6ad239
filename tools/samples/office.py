# SPDX-License-Identifier: Apache-2.0
#
# The invented province: addresses, hosts and ordinary traffic. Everything lies in documentation ranges, in
# 10.0.0.0/8 and under example.go.id.
"""An office and its ordinary traffic."""

import struct

import certificates
import messages as m
from frames import Connection, Noise, at, checksum, ethernet, mac_of, pseudo_header

RESOLVER, GATEWAY, SYSLOG = "10.20.0.53", "10.20.0.1", "10.20.0.60"
PPID, PORTAL, IZIN, SAKIP, SIMPEG = "10.20.4.10", "10.20.4.11", "10.20.4.22", "10.20.4.23", "10.20.4.31"
ASET, LAMA, MAIL = "10.20.4.60", "10.20.4.61", "10.20.4.25"
PPID6, CLIENT6 = "2001:db8:20:4::10", "2001:db8:99::1234"
DATA_CENTRE = (40,)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Mobile Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

NAMES = {"www.example.go.id": PORTAL, "ppid.example.go.id": PPID, "izin.example.go.id": IZIN, "sakip.example.go.id": SAKIP,
         "simpeg.example.go.id": SIMPEG, "aset.example.go.id": ASET, "lama.example.go.id": LAMA, "mail.example.go.id": MAIL,
         "www.example.com": "198.51.100.20", "cdn.example.net": "198.51.100.21", "www.example.org": "192.0.2.30",
         "update.example.com": "198.51.100.22", "video.example.net": "192.0.2.44"}

PARAGRAPHS = (
    "Permohonan informasi publik dapat diajukan pada hari kerja pukul 08.00 sampai 15.00 WITA.",
    "Layanan perizinan memakai nomor antrean. Slot antrean dibuka setiap hari pukul 07.30.",
    "Pemerintah provinsi membuka data jalan, sekolah, dan fasilitas kesehatan untuk umum.",
    "Warga dapat memeriksa status permohonan dengan nomor registrasi tanpa datang ke kantor.",
    "Jadwal imunisasi diperbarui setiap pekan oleh Dinas Kesehatan.",
    "Rekapitulasi capaian kinerja triwulan ketiga telah diterbitkan.",
)


def page(noise, title, extra="", paragraphs=6):
    text = "".join(f"<p>{noise.pick(PARAGRAPHS)}</p>\n" for _ in range(paragraphs))
    return (f'<!doctype html>\n<html lang="id"><head><meta charset="utf-8"><title>{title}</title></head>\n'
            f"<body><h1>{title}</h1>\n{text}{extra}</body></html>\n")


class Office:
    """What people and machines of the office do all day."""

    def __init__(self, capture):
        self.capture, self.noise = capture, Noise("office")
        self.port = 40_000

    def next_port(self):
        self.port += self.noise.number(1, 9)
        return self.port

    def lookup(self, time, client, name, kind="A", answers=None, code=0):
        """A query to the resolver and its response."""
        if answers is None and code == 0:
            answers = [("A", NAMES.get(name, "198.51.100.20"))] if kind == "A" else []
        ident, port = self.noise.number(1, 65535), self.next_port()
        self.capture.datagram(time, client, port, RESOLVER, 53, m.dns(ident, name, kind))
        self.capture.datagram(time + self.noise.number(600, 24_000), RESOLVER, 53, client, port, m.dns(ident, name, kind, answers or [], code))

    def connect(self, time, client, server, port, vlans=()):
        return Connection(self.capture, time, client, self.next_port(), server, port, vlans, self.noise.number(1_200, 18_000))

    def browse(self, time, client, host, visits, agent=CHROME, server=None, vlans=(), **how):
        """HTTP requests on one connection; visits: (method, target, body, response)."""
        connection = self.connect(time, client, server or NAMES[host], 80, vlans)
        for method, target, headers, body, response in visits:
            connection.send(0, m.http_request(method, host, target, agent, headers, body))
            connection.pause(0.03).send(1, response, **how).pause(0.4)
        return connection.close()

    def read_pages(self, time, client, host, targets, agent=CHROME, **how):
        visits = [("GET", target, (), b"", m.http_response(200, page(self.noise, target.strip("/").title() or "Beranda"), **how)) for target in targets]
        vlans = DATA_CENTRE if NAMES[host].startswith("10.20.4.") else ()
        return self.browse(time, client, host, visits, agent, vlans=vlans)

    def secure(self, time, client, server, name, version=0x0304, certificate=certificates.PORTAL, port=443, exchanged=(620, 5200), vlans=()):
        """A TLS connection with some application data."""
        noise, connection = self.noise, self.connect(time, client, server, port, vlans)
        ciphers, protocols = (m.MODERN, ("h2", "http/1.1")) if version >= 0x0303 else (m.OLD, ())
        hello = m.client_hello(noise, name, version, ciphers, protocols)
        connection.send(0, hello)
        connection.send(1, m.server_flight(noise, version, certificate, hello))
        connection.send(0, m.client_flight(noise, version))
        if version != 0x0304:
            connection.send(1, m.record(20, version, b"\x01") + m.record(22, version, noise.take(40)))
        connection.send(0, m.application_data(noise, version, exchanged[0]))
        connection.send(1, m.application_data(noise, version, exchanged[1]))
        return connection.pause(1.5).close()

    def shell(self, time, client, server, port=22, client_name="OpenSSH_9.2p1 Debian-2+deb12u3", server_name="OpenSSH_9.2p1 Debian-2+deb12u3", commands=4):
        noise, connection = self.noise, self.connect(time, client, server, port, DATA_CENTRE)
        connection.send(0, f"SSH-2.0-{client_name}\r\n".encode())
        connection.send(1, f"SSH-2.0-{server_name}\r\n".encode())
        connection.send(0, m.ssh_key_exchange_init(noise)).send(1, m.ssh_key_exchange_init(noise))
        first, second = m.ssh_exchange(noise)
        connection.send(0, first).send(1, second).send(0, m.ssh_packet(b"\x15"))
        for _ in range(commands):
            connection.send(0, noise.take(noise.number(36, 120))).send(1, noise.take(noise.number(60, 900))).pause(2)
        return connection.close()

    def ping(self, time, client, server, count=2):
        for number in range(count):
            data = struct.pack(">HH", 0x2A, number) + bytes(range(16, 72))
            for kind, (source, target) in ((8, (client, server)), (0, (server, client))):
                body = bytes([kind, 0]) + b"\0\0" + data
                body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
                self.capture.packet(time + number * 1_000_000 + (700 if kind == 0 else 0), source, target, 1, body)

    def large_ping(self, time, client, server):
        """An echo of 2,000 bytes in two fragments, the last piece first."""
        body = struct.pack(">BBHHH", 8, 0, 0, 0x2B, 1) + bytes(i % 256 for i in range(2000))
        body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
        self.capture.fragments(time, client, server, 1, body, 1480)

    def arp(self, time, asker, wanted):
        import ipaddress
        a, w = ipaddress.ip_address(asker).packed, ipaddress.ip_address(wanted).packed
        head = struct.pack(">HHBB", 1, 0x0800, 6, 4)
        self.capture.frame(time, ethernet(mac_of(asker), b"\xff" * 6, 0x0806, head + b"\0\1" + mac_of(asker) + a + bytes(6) + w))
        self.capture.frame(time + 300, ethernet(mac_of(wanted), mac_of(asker), 0x0806, head + b"\0\2" + mac_of(wanted) + w + mac_of(asker) + a))

    def neighbour(self, time, asker, wanted):
        import ipaddress
        w = ipaddress.ip_address(wanted).packed
        for kind, flags, (source, target), option in ((135, 0, (asker, wanted), 1), (136, 0x60000000, (wanted, asker), 2)):
            body = struct.pack(">BBHI", kind, 0, 0, flags) + w + bytes([option, 1]) + mac_of(source)
            body = body[:2] + struct.pack(">H", checksum(pseudo_header(source, target, 58, len(body)) + body)) + body[4:]
            self.capture.packet(time + (200 if kind == 136 else 0), source, target, 58, body, ttl=255)

    def clock(self, time, client, server="192.0.2.123"):
        seconds = time // 1_000_000 + 2_208_988_800
        ask = struct.pack(">BBBb", 0x23, 0, 6, -20) + bytes(36) + struct.pack(">II", seconds, 0)
        answer = struct.pack(">BBBb", 0x24, 2, 6, -20) + bytes(8) + b"\xc0\0\2\1" + struct.pack(">II", seconds, 0) * 4
        port = self.next_port()
        self.capture.datagram(time, client, port, server, 123, ask)
        self.capture.datagram(time + 21_000, server, 123, client, port, answer)


def ordinary_days(office):
    """Three working days, 16 to 18 November 2026."""
    noise = office.noise
    people = ["10.20.5.20", "10.20.5.31", "10.20.6.12", "10.20.6.13", "10.20.7.5", "10.20.7.8", "10.20.8.15", "10.20.1.9"]
    public = ["203.0.113.101", "203.0.113.120", "198.51.100.140", "192.0.2.77"]
    for day in (16, 17, 18):
        for number, who in enumerate(people):
            start = at(f"{day} 08:00:00") + number * 371_000_000 + noise.number(0, 60_000_000)
            office.arp(start - 2_000, who, RESOLVER)
            for name in ("www.example.go.id", "mail.example.go.id", noise.pick(("www.example.com", "cdn.example.net", "www.example.org"))):
                office.lookup(start, who, name)
                if name != "www.example.go.id" or noise.number(0, 1):
                    office.secure(start + 30_000, who, NAMES[name], name, noise.pick((0x0304, 0x0304, 0x0303)), exchanged=(380, noise.number(300, 1300)))
                start += 40_000_000
            office.lookup(start, who, "mail.example.go.id", "MX", [("MX", "mail.example.go.id")])
        for number, who in enumerate(public):
            start = at(f"{day} 09:10:00") + number * 2_117_000_000
            office.read_pages(start, who, "ppid.example.go.id", ("/", noise.pick(("/informasi-berkala", "/permohonan", "/layanan/slot-antrian"))),
                              noise.pick((FIREFOX, CHROME, PHONE)), gzip=number == 1, chunked=number == 2)
        office.shell(at(f"{day} 08:41:10"), "10.20.1.9", PORTAL)
        office.ping(at(f"{day} 08:40:00"), "10.20.1.9", GATEWAY)
        office.clock(at(f"{day} 07:59:00"), PORTAL)
        office.lookup(at(f"{day} 10:00:00"), "10.20.5.31", "printer.local", code=3)
        office.lookup(at(f"{day} 11:02:00"), "10.20.7.5", "wwww.example.go.id", code=3)
    oddities(office)


def oddities(office):
    """What networks do without anybody attacking: IPv6, fragments, wrong order, repeats, resets."""
    noise, capture = office.noise, office.capture
    office.neighbour(at("16 09:29:58"), "2001:db8:20:4::1", PPID6)
    body = m.http_response(200, page(noise, "Informasi Berkala", paragraphs=30))
    six = Connection(capture, at("16 09:30:00"), CLIENT6, 51000, PPID6, 80, DATA_CENTRE)
    six.send(0, m.http_request("GET", "ppid.example.go.id", "/informasi-berkala", FIREFOX)).send(1, body, swap=True).close()
    office.browse(at("16 13:05:00"), "203.0.113.101", "www.example.go.id", [("GET", "/berita/jadwal-samsat", (), b"", body)], vlans=DATA_CENTRE, repeat=True)
    office.large_ping(at("17 08:45:00"), "10.20.1.9", PORTAL)
    long_answer = [("TXT", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"), ("TXT", "catatan " + "a" * 180)]
    over_tcp = office.connect(at("17 08:50:00"), "10.20.4.25", RESOLVER, 53)
    query, answer = m.dns(77, "example.go.id", "TXT"), m.dns(77, "example.go.id", "TXT", long_answer)
    over_tcp.send(0, m.vector(query, 2)).send(1, m.vector(answer, 2)).close()
    office.connect(at("17 09:12:00"), "10.20.5.20", "198.51.100.22", 8080).reset()
    capture.datagram(at("18 08:10:00"), GATEWAY, 514, SYSLOG, 514, b"<134>Nov 18 08:10:00 gw-provinsi system,info,account user noc logged in from 10.20.1.9 via winbox")
    stacked = Connection(capture, at("18 09:00:00"), "10.20.5.31", 52000, PORTAL, 80, (100, 40))
    stacked.send(0, m.http_request("GET", "www.example.go.id", "/", CHROME)).send(1, m.http_response(200, page(noise, "Beranda"))).close()
