#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import gzip
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def make_http():
    def request(line, *headers, body=b""):
        return "\r\n".join([line, *headers, "", ""]).encode() + body

    def response(status, *headers, body=b""):
        return "\r\n".join(["HTTP/1.1 " + status, *headers, f"Content-Length: {len(body)}", "", ""]).encode() + body

    page = b"<html><body>Selamat datang</body></html>"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(page[i:i + 9]), page[i:i + 9]) for i in range(0, len(page), 9))
    capture = Capture()
    capture.tcp(80, 40000, [
        (True, request("GET /beranda?x=1 HTTP/1.1", "Host: www.example.go.id", "User-Agent: curl/7.88.1")),
        (False, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
         + b"0\r\n\r\n"),
        (True, request("POST /masuk HTTP/1.1", "Host: www.example.go.id", "Content-Length: 27",
                       "Content-Type: application/x-www-form-urlencoded", "Referer: http://www.example.go.id/",
                       body=b"username=admin&password=123")),
        (False, response("302 Found", "Location: /beranda")),
        (True, request("GET /gzip HTTP/1.1", "Host: www.example.go.id", "Authorization: Basic YnVkaTpyYWhhc2lh")),
        (False, response("200 OK", "Content-Encoding: gzip", body=gzip.compress(page * 20, mtime=0))),
        (True, request("HEAD /besar HTTP/1.1", "Host: www.example.go.id")),
        (False, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
        (True, request("GET /akhir HTTP/1.1", "Host: www.example.go.id")),
        (False, b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n" + b"tidak ada " * 200),
    ])
    capture.write("http", "keep_alive")
    capture = Capture()
    capture.tcp(8080, 40001, [
        (True, request("GET /1 HTTP/1.1", "Host: a") + request("GET /2 HTTP/1.1", "Host: b")),
        (False, response("200 OK", body=b"satu") + response("200 OK", body=b"dua")),
        (True, request("POST / HTTP/1.1", "Host: c", "Content-Length: 6", "Transfer-Encoding: chunked", body=b"0\r\n\r\nG")
         + b"ET /selundup HTTP/1.1\nHost: d\n\n"),
    ])
    capture.write("http", "pipelined_and_smuggled")


if __name__ == "__main__":
    make_http()
