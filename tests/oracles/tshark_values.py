# SPDX-License-Identifier: Apache-2.0
"""What tshark reads in a capture, as multisets of values per kind. Used by tshark_agreement.py.

Knows tshark's ways of showing things and takes them back to what stood on the wire; decides nothing.
"""
import collections
import hashlib
import os
import re
import subprocess

KINDS = ("dns query", "dns a", "dns aaaa", "dns cname", "dns txt", "http method", "http host", "http uri",
         "http status", "tls sni", "tls version", "tls alpn", "tls ja3", "tls ja3s", "tls cert", "ssh banner")
# Of a message with additional records tshark lists theirs too, and we do not show them.
RECORD_KINDS = {"dns.a": "dns a", "dns.aaaa": "dns aaaa", "dns.cname": "dns cname"}
NOT_DNS_PORTS = {"5353", "5355", "137"}
OPTIONS = ("tcp.desegment_tcp_streams:TRUE", "tcp.reassemble_out_of_order:TRUE", "ip.defragment:TRUE",
           "ipv6.defragment:TRUE", "http.desegment_body:TRUE",
           "http.desegment_headers:TRUE")
FIELDS = (
    "_ws.col.Protocol", "frame.number", "frame.protocols", "udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport",
    "tcp.stream", "dns.flags.response", "dns.count.add_rr", "dns.qry.name", "dns.a", "dns.aaaa", "dns.cname",
    "dns.txt", "http.request.method", "http.host", "http.request.uri", "http.response.code", "tls.handshake.type",
    "tls.handshake.version", "tls.handshake.extensions.supported_version", "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_alpn_str", "tls.handshake.ja3", "tls.handshake.ja3s", "tls.handshake.certificate",
    "ssh.protocol",
)
FILTER = "dns.flags or http.request.method or http.response.code or tls.handshake.type or ssh.protocol"
VERSIONS = {"0x0304": "TLS 1.3", "0x0303": "TLS 1.2", "0x0302": "TLS 1.1", "0x0301": "TLSv1", "0x0300": "SSLv3",
            "0x0002": "SSLv2"}
# Layers that tshark looks through and we do not: what is inside them is counted apart.
ENVELOPES = {"sctp", "ayiya", "capwap", "l2tp", "openvpn", "haproxy", "proxy", "openflow"}


def normal(text):
    """What both tools show differently without meaning it: case, odd bytes, escapes."""
    text = re.sub(r"\\x[0-9a-f]{2}|\\[0-7]{3}|\\[tnrabvf\"\\]", "?", text)
    return re.sub(r"[^\x21-\x7e]", "?", text).lower()


def normal_host(text):
    return re.sub(r":\d*$", "", normal(text))


class Reading:
    """Values of one capture. `surplus` are values that may be missing on the other side."""

    def __init__(self):
        self.counts = {kind: collections.Counter() for kind in KINDS}
        self.surplus = {kind: collections.Counter() for kind in KINDS}
        self.enveloped = 0

    def add(self, kind, value, surplus=False):
        (self.surplus if surplus else self.counts)[kind][value] += 1


def is_enveloped(protocols):
    return bool(ENVELOPES & set(protocols))


def many(text):
    return [value for value in text.split("\x01") if value]


def read_dns(row, protocols, reading):
    if "dns" not in protocols or "icmp" in protocols or "icmpv6" in protocols:
        return
    if NOT_DNS_PORTS & set(many(row["udp.srcport"]) + many(row["udp.dstport"])):
        return
    for name in many(row["dns.qry.name"]):
        if name.startswith(("<Name ", "<Unknown ")):
            continue  # tshark's own words for names that break the rules
        reading.add("dns query", normal("." if name == "<Root>" else name))
    surplus = any(count != "0" for count in many(row["dns.count.add_rr"]))
    for field, kind in RECORD_KINDS.items():
        for value in many(row[field]):
            reading.add(kind, normal("." if value == "<Root>" else value), surplus)
    if row["dns.txt"]:
        reading.add("dns txt", normal(row["dns.txt"].replace("\x01", "")), surplus)


def read_http(row, protocols, reading):
    if "http" not in protocols or "tcp" not in protocols:
        return
    for kind, field, form in (("http method", "http.request.method", normal), ("http host", "http.host", normal_host),
                              ("http uri", "http.request.uri", normal), ("http status", "http.response.code", normal)):
        if field == "http.host" and not row["http.request.method"]:
            continue
        for value in many(row[field]):
            # an interim answer belongs to the final one
            if kind != "http status" or not value.startswith("1") or value == "101":
                reading.add(kind, form(value))


class TlsStreams:
    """The messages that count of each connection: its first ClientHello (a second one follows a
    HelloRetryRequest), its last ServerHello (the first may be that request), its first certificate
    of the server's."""

    def __init__(self):
        self.greeted, self.certified = set(), set()
        self.answers = {}

    def add(self, row, reading):
        types = many(row["tls.handshake.type"])
        stream = row["tcp.stream"]
        if "1" in types and stream not in self.greeted:
            self.greeted.add(stream)
            for kind, field in (("tls sni", "tls.handshake.extensions_server_name"), ("tls ja3", "tls.handshake.ja3"),
                                ("tls alpn", "tls.handshake.extensions_alpn_str")):
                for value in many(row[field]):
                    reading.add(kind, normal(value))
        if "2" in types:
            versions = many(row["tls.handshake.extensions.supported_version"]) or many(row["tls.handshake.version"])
            self.answers[stream] = (versions[-1:], many(row["tls.handshake.ja3s"])[-1:])
        client_certificate = "16" in types or "15" in types  # with key exchange or verification
        if row["tls.handshake.certificate"] and not client_certificate and stream not in self.certified:
            self.certified.add(stream)
            der = bytes.fromhex(many(row["tls.handshake.certificate"])[0].replace(":", ""))
            reading.add("tls cert", hashlib.sha1(der).hexdigest())

    def finish(self, reading):
        for versions, fingerprints in self.answers.values():
            for value in versions:
                reading.add("tls version", VERSIONS.get(value, value))
            for value in fingerprints:
                reading.add("tls ja3s", value)


def is_tls(row, protocols):
    return "tls" in protocols and row["tls.handshake.type"] and "quic" not in protocols and "dtls" not in protocols


def ask(path, cache, folder):
    """tshark's table of the capture; with `cache`, the one kept there from an earlier run."""
    kept = os.path.join(cache, os.path.relpath(path, folder).replace("/", "@")) if cache else None
    if kept and os.path.exists(kept):
        with open(kept, "rb") as file:
            return file.read()
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=\t", "-E", "aggregator=\x01",
               "-E", "occurrence=a", "-Y", FILTER]
    for option in OPTIONS:
        command += ["-o", option]
    for field in FIELDS:
        command += ["-e", field]
    table = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300).stdout
    if kept:
        with open(kept, "wb") as file:
            file.write(table)
    return table


def tshark_reading(path, cache, folder):
    reading = Reading()
    streams = TlsStreams()
    for line in ask(path, cache, folder).decode("utf-8", "replace").split("\n"):
        row = dict(zip(FIELDS, line.split("\t")))
        if len(row) < len(FIELDS):
            continue
        protocols = row["frame.protocols"].split(":")
        if is_enveloped(protocols):
            reading.enveloped += 1
            continue
        read_dns(row, protocols, reading)
        read_http(row, protocols, reading)
        if is_tls(row, protocols):
            streams.add(row, reading)
        for banner in many(row["ssh.protocol"]):
            reading.add("ssh banner", normal(banner.strip()))
    streams.finish(reading)
    return reading
