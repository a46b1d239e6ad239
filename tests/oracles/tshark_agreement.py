#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our events with tshark's fields over a folder of captures.

For each capture: names of DNS questions, HTTP hosts and request targets, TLS server names and JA3. Both sides are
counted as multisets; a value that only one side saw is a difference. Prints totals per kind, and with --verbose
each difference with its file. Exits 1 when fewer than --at-least percent of the values agree, 77 without tshark
or captures.

    tests/oracles/tshark_agreement.py --program build/dev/bin/capture_events [--replay] [--files GLOB] [FOLDER]

FOLDER defaults to $PERSANDIAN_SHARED_DATA/pcaps.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys

KINDS = ("dns query", "http host", "http uri", "tls sni", "tls ja3")
NOT_DNS_PORTS = {"5353", "5355", "137"}
# Layers that tshark looks through and we do not (yet): what is inside them is counted apart.
ENVELOPES = {"gtp", "gre", "vxlan", "geneve", "erspan", "capwap", "wlan", "wlan_radio", "nflog", "ppp", "pppoes", "socks",
             "sctp", "ayiya", "6in4", "teredo", "mpls", "l2tp", "smtp", "imap", "pop", "ftp", "xmpp", "ldap", "mysql",
             "pgsql", "tpkt", "rdp", "irc", "openvpn", "f5ethtrailer", "rdpudp", "haproxy", "proxy", "openflow"}
TSHARK_FIELDS = (
    "_ws.col.Protocol", "udp.srcport", "udp.dstport", "dns.flags.response", "dns.qry.name", "http.request.method",
    "http.host", "http.request.uri", "http.request.full_uri", "tls.handshake.extensions_server_name",
    "tls.handshake.ja3", "tls.handshake.type", "quic.version", "tcp.stream", "frame.protocols",
)


def is_enveloped(protocols):
    """Inside a tunnel, or in a protocol that turns into TLS half-way."""
    return protocols.count("ip") + protocols.count("ipv6") > 1 or bool(ENVELOPES & set(protocols))



def unescape_dns(name):
    """Presentation form to plain characters, bytes above 126 as '?'."""
    def plain(match):
        if match.group(1):
            value = int(match.group(1))
            return chr(value) if 32 <= value < 127 else "?"
        return match.group(2)
    return re.sub(r"\\(?:(\d{3})|(.))", plain, name)


def normal(text):
    """What both tools show differently without meaning it: case, odd bytes, escapes."""
    text = re.sub(r"\\x[0-9a-f]{2}|\\[0-7]{3}|\\[tnrabvf\"\\]", "?", text)
    return re.sub(r"[^\x21-\x7e]", "?", text).lower()


def normal_host(text):
    text = normal(text)
    return re.sub(r":\d*$", "", text)


def tshark_values(path):
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=\t", "-E", "aggregator=\x01",
               "-E", "occurrence=a",
               "-o", "tcp.desegment_tcp_streams:TRUE", "-o", "tcp.reassemble_out_of_order:TRUE",
               "-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE", "-o", "tcp.try_heuristic_first:TRUE",
               "-o", "http.desegment_body:TRUE", "-o", "http.desegment_headers:TRUE",
               "-Y", "dns.qry.name or http.request.method or tls.handshake.type == 1"]
    for field in TSHARK_FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    counts = {kind: collections.Counter() for kind in KINDS}
    enveloped = 0
    hellos = set()  # the second ClientHello after a HelloRetryRequest is no second handshake
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        row = dict(zip(TSHARK_FIELDS, line.split("\t")))
        if len(row) < len(TSHARK_FIELDS):
            continue
        protocols = row["frame.protocols"].split(":")
        if is_enveloped(protocols):
            enveloped += 1
            continue
        if row["dns.qry.name"] and "dns" in protocols and "icmp" not in protocols and "icmpv6" not in protocols:
            ports = set(row["udp.srcport"].split("\x01") + row["udp.dstport"].split("\x01"))
            if not ports & NOT_DNS_PORTS:
                for name in row["dns.qry.name"].split("\x01"):
                    counts["dns query"][normal("." if name == "<Root>" else name)] += 1
        if row["http.request.method"] and "tcp" in protocols:
            for host in filter(None, row["http.host"].split("\x01")):
                counts["http host"][normal_host(host)] += 1
            for uri in filter(None, row["http.request.uri"].split("\x01")):
                counts["http uri"][normal(uri)] += 1
        if row["tls.handshake.type"] and "tls" in protocols and "quic" not in protocols and "dtls" not in protocols:
            if row["tcp.stream"] in hellos:
                continue
            hellos.add(row["tcp.stream"])
            for name in filter(None, row["tls.handshake.extensions_server_name"].split("\x01")):
                counts["tls sni"][normal(name)] += 1
            for value in filter(None, row["tls.handshake.ja3"].split("\x01")):
                counts["tls ja3"][value] += 1
    return counts, enveloped


def our_values(path, program, replay):
    command = [program, "replay", "-r", path, "--events-out", "-"] if replay else [program, path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if done.returncode < 0:
        raise RuntimeError(f"{path}: {program} ended by signal {-done.returncode}: {done.stderr[-500:]}")
    counts = {kind: collections.Counter() for kind in KINDS}
    for line in done.stdout.decode("utf-8").splitlines():
        event = json.loads(line, object_pairs_hook=without_duplicates)
        if event["event_type"] == "dns":
            for query in event["dns"].get("queries", []):
                counts["dns query"][normal(unescape_dns(query["rrname"]))] += 1
        elif event["event_type"] == "http" and "url" in event["http"]:
            http = event["http"]
            for header in http.get("request_headers", []):
                if header["name"].lower() == "host" and header["value"]:
                    counts["http host"][normal_host(header["value"])] += 1
            counts["http uri"][normal(http["url"])] += 1
        elif event["event_type"] == "tls":
            if event["tls"].get("sni"):
                counts["tls sni"][normal(event["tls"]["sni"])] += 1
            if "ja3" in event["tls"]:
                counts["tls ja3"][event["tls"]["ja3"]["hash"]] += 1
    return counts


def without_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"duplicate keys: {keys}")
    return dict(pairs)


def compare(path, arguments):
    ours = our_values(path, arguments.program, arguments.replay)
    theirs, enveloped = tshark_values(path)
    return path, ours, theirs, enveloped


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--program", required=True)
    parser.add_argument("--replay", action="store_true", help="the program is persandian itself")
    parser.add_argument("--files", default="*", help="only files whose path matches")
    parser.add_argument("--at-least", type=float, default=99.0, help="percent that must agree")
    parser.add_argument("--known", default=os.path.join(os.path.dirname(__file__), "tshark_differences.txt"),
                        help="files whose differences are explained there")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    shared = os.environ.get("PERSANDIAN_SHARED_DATA")
    folder = arguments.folder or (os.path.join(shared, "pcaps") if shared else None)
    if folder is None or shutil.which("tshark") is None:
        print("skipped: needs tshark and PERSANDIAN_SHARED_DATA")
        return 77
    paths = [os.path.join(root, name) for root, _, names in sorted(os.walk(folder)) for name in sorted(names)
             if re.search(r"pcap|\.cap|trace", name)]
    paths = [path for path in paths if fnmatch.fnmatch(path, arguments.files)]
    explained = {}
    if os.path.exists(arguments.known):
        with open(arguments.known, encoding="utf-8") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    name, _, reason = line.strip().partition(" ")
                    explained[name] = reason
    agree, only_ours, only_theirs, excused = (collections.Counter() for _ in range(4))
    enveloped = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for path, ours, theirs, inside in pool.map(lambda p: compare(p, arguments), paths):
            enveloped += inside
            for kind in KINDS:
                more, less = ours[kind] - theirs[kind], theirs[kind] - ours[kind]
                agree[kind] += sum((ours[kind] & theirs[kind]).values())
                if os.path.basename(path) in explained:
                    excused[kind] += sum(more.values()) + sum(less.values())
                    continue
                only_ours[kind] += sum(more.values())
                only_theirs[kind] += sum(less.values())
                if arguments.verbose and (more or less):
                    print(f"{path}: {kind}: only ours {dict(more)}, only tshark {dict(less)}"[:600])
    worst = 100.0
    for kind in KINDS:
        total = agree[kind] + only_ours[kind] + only_theirs[kind]
        percent = 100.0 * agree[kind] / total if total else 100.0
        worst = min(worst, percent)
        print(f"{kind:10} {agree[kind]:7} agree, {only_ours[kind]:5} only ours, {only_theirs[kind]:5} only tshark, "
              f"{excused[kind]:5} explained: {percent:.2f} %")
    print(f"{len(paths)} captures; left out on tshark's side: {enveloped} packets inside tunnels and upgraded protocols")
    return 0 if worst >= arguments.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
