#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def message(first, *headers, body=b""):
    return "\r\n".join([first, *headers, f"Content-Length: {len(body)}", "", ""]).encode() + body


def make_sip():
    common = ["From: <sip:budi@example.go.id>;tag=1", "To: <sip:siti@example.go.id>", "Call-ID: 77@192.0.2.10"]
    sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    turns = [
        (True, message("REGISTER sip:example.go.id SIP/2.0", *common, "CSeq: 1 REGISTER", "User-Agent: friendly-scanner",
                       "Contact: <sip:budi@192.0.2.10>")),
        (False, message("SIP/2.0 401 Unauthorized", *common, "CSeq: 1 REGISTER", "Server: pbx/1.0")),
        (True, message("INVITE sip:siti@example.go.id SIP/2.0", "f: <sip:budi@example.go.id>", "t: <sip:siti@example.go.id>",
                       "i: 78@192.0.2.10", "CSeq: 2 INVITE", "c: application/sdp", body=sdp)),
        (False, message("SIP/2.0 200 OK", *common, "CSeq: 2 INVITE")),
    ]
    capture = Capture()
    for to_server, data in turns:
        capture.udp(to_server, 5060, 5060, data)
    capture.write("sip", "udp")
    capture = Capture()
    capture.tcp(5060, 40000, turns)
    capture.write("sip", "tcp")


if __name__ == "__main__":
    make_sip()
