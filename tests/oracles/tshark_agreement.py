#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our events with tshark's fields over a folder of captures.

For each capture: names of DNS questions, their answers (A, AAAA, CNAME, TXT), HTTP methods, hosts, request targets and
status codes, TLS server names, versions, application protocols, JA3, JA3S and the server's certificate, SSH banners.
Both sides are counted as multisets; a value that only one side saw is a difference. Prints totals per kind, and with
--verbose each difference with its file. Exits 1 when fewer than --at-least percent of the values of a kind agree, 77
without tshark or captures. Not compared: JA4, which tshark 4.0 does not compute.

    tests/oracles/tshark_agreement.py --program build/dev/bin/capture_events [--replay] [--files GLOB] [FOLDER]

FOLDER defaults to $PERSANDIAN_SHARED_DATA/pcaps. Lines of tshark_differences.txt are "FILE PROTOCOLS REASON", with
PROTOCOLS among dns,http,tls,ssh: differences of these in that file are understood.
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
import tempfile

from tshark_values import KINDS, Reading, normal, normal_host, tshark_reading


def unescape_dns(name):
    """Presentation form to plain characters, bytes above 126 as '?'."""
    def plain(match):
        if match.group(1):
            value = int(match.group(1))
            return chr(value) if 32 <= value < 127 else "?"
        return match.group(2)
    return re.sub(r"\\(?:(\d{3})|(.))", plain, name)


def read_dns(dns, reading):
    for query in dns.get("queries", []):
        reading.add("dns query", normal(unescape_dns(query["rrname"])))
    texts = []
    for record in dns.get("answers", []) + dns.get("authorities", []):
        kind = "dns " + record["rrtype"].lower()
        if kind in ("dns a", "dns aaaa", "dns cname") and "rdata" in record:
            reading.add(kind, normal(unescape_dns(record["rdata"])))
        elif kind == "dns txt":
            texts.append(unescape_dns(record.get("rdata", "")))
    if texts:
        reading.add("dns txt", normal("".join(texts)))


def read_http(http, reading):
    if "url" in http:
        reading.add("http method", normal(http["http_method"]))
        reading.add("http uri", normal(http["url"]))
    for header in http.get("request_headers", []):
        if header["name"].lower() == "host" and header["value"]:
            reading.add("http host", normal_host(header["value"]))
    if "status" in http:
        reading.add("http status", str(http["status"]))


def read_tls(tls, reading):
    if tls.get("sni"):
        reading.add("tls sni", normal(tls["sni"]))
    if "version" in tls:
        reading.add("tls version", tls["version"])
    for name in tls.get("client_alpns", []):
        reading.add("tls alpn", normal(name))
    for kind in ("ja3", "ja3s"):
        if kind in tls:
            reading.add("tls " + kind, tls[kind]["hash"])
    if "fingerprint" in tls:
        reading.add("tls cert", tls["fingerprint"].replace(":", ""))


def read_ssh(ssh, reading):
    for side in ("client", "server"):
        if side in ssh:
            banner = f"SSH-{ssh[side]['proto_version']}-{ssh[side].get('software_version', '')}"
            comment = ssh[side].get("comment")
            reading.add("ssh banner", normal(banner + (" " + comment if comment else "")))


READERS = {"dns": read_dns, "http": read_http, "tls": read_tls, "ssh": read_ssh}


def our_reading(path, program, replay):
    with tempfile.TemporaryDirectory() as no_rules:
        command = [program, "replay", "-S", no_rules, "-r", path, "--events-out", "-"] if replay else [program, path]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if done.returncode < 0:
        raise RuntimeError(f"{path}: {program} ended by signal {-done.returncode}: {done.stderr[-500:]}")
    reading = Reading()
    for line in done.stdout.decode("utf-8").splitlines():
        event = json.loads(line, object_pairs_hook=without_duplicates)
        if event["event_type"] in READERS:
            READERS[event["event_type"]](event[event["event_type"]], reading)
    return reading


def without_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"duplicate keys: {keys}")
    return dict(pairs)


class Differences:
    """Sums over all captures, and what is explained."""

    def __init__(self, known, verbose):
        self.verbose = verbose
        self.agree, self.only_ours, self.only_theirs, self.excused = (collections.Counter() for _ in range(4))
        self.enveloped = 0
        self.explained = {}
        self.used = set()
        if not os.path.exists(known):
            return
        with open(known, encoding="utf-8") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    name, protocols, reason = line.strip().split(" ", 2)
                    for protocol in protocols.split(","):
                        self.explained[name, protocol] = reason

    def add(self, path, ours, theirs):
        self.enveloped += theirs.enveloped
        for kind in KINDS:
            mine, least = ours.counts[kind], theirs.counts[kind]
            more = mine - least - theirs.surplus[kind]
            less = least - mine
            self.agree[kind] += sum((mine & (least + theirs.surplus[kind])).values())
            if not more and not less:
                continue
            entry = (os.path.basename(path), kind.split()[0])
            if entry in self.explained:
                self.used.add(entry)
                self.excused[kind] += sum(more.values()) + sum(less.values())
                continue
            self.only_ours[kind] += sum(more.values())
            self.only_theirs[kind] += sum(less.values())
            if self.verbose:
                print(f"{path}: {kind}: only ours {dict(more)}, only tshark {dict(less)}"[:600], flush=True)

    def report(self, whole):
        worst = 100.0
        for kind in KINDS:
            total = self.agree[kind] + self.only_ours[kind] + self.only_theirs[kind]
            percent = 100.0 * self.agree[kind] / total if total else 100.0
            worst = min(worst, percent)
            print(f"{kind:11} {self.agree[kind]:7} agree, {self.only_ours[kind]:5} only ours, "
                  f"{self.only_theirs[kind]:5} only tshark, {self.excused[kind]:5} explained: {percent:.2f} %")
        if whole:
            for name, protocol in sorted(set(self.explained) - self.used):
                print(f"no longer a difference: {name} {protocol}")
        return worst


def compare(path, arguments, folder):
    return path, our_reading(path, arguments.program, arguments.replay), tshark_reading(path, arguments.cache, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--program", required=True)
    parser.add_argument("--replay", action="store_true", help="the program is persandian itself")
    parser.add_argument("--files", default="*", help="only files whose path matches")
    parser.add_argument("--at-least", type=float, default=99.0, help="percent that must agree")
    parser.add_argument("--known", default=os.path.join(os.path.dirname(__file__), "tshark_differences.txt"),
                        help="files whose differences are explained there")
    parser.add_argument("--cache", help="folder that keeps tshark's answers for the next run")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    shared = os.environ.get("PERSANDIAN_SHARED_DATA")
    folder = arguments.folder or (os.path.join(shared, "pcaps") if shared else None)
    if folder is None or shutil.which("tshark") is None:
        print("skipped: needs tshark and PERSANDIAN_SHARED_DATA")
        return 77
    if arguments.cache:
        os.makedirs(arguments.cache, exist_ok=True)
    paths = [os.path.join(root, name) for root, _, names in sorted(os.walk(folder)) for name in sorted(names)
             if re.search(r"pcap|\.cap|trace", name)]
    paths = [path for path in paths if fnmatch.fnmatch(path, arguments.files)]
    differences = Differences(arguments.known, arguments.verbose)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for path, ours, theirs in pool.map(lambda p: compare(p, arguments, folder), paths):
            differences.add(path, ours, theirs)
    worst = differences.report(arguments.files == "*")
    print(f"{len(paths)} captures; left out on tshark's side: {differences.enveloped} packets inside tunnels and "
          "upgraded protocols")
    return 0 if worst >= arguments.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
