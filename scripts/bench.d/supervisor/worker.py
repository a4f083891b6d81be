"""The worker of all peers: a server of one thread. It answers every request with its pid after a millisecond of work.

worker.py --own PORT [--shared PORT]. On TERM it accepts for 300 ms more and then closes, as a server should that shares a port.
"""

import os
import select
import signal
import socket
import sys
import time

LINGER = 0.3
WORK = 0.001

ending = None


def end(*_):
    global ending
    ending = ending or time.monotonic() + LINGER


def listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    listener.setblocking(False)
    return listener


def answer(connection):
    with connection:
        connection.settimeout(1)
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            chunk = connection.recv(4096)
            if not chunk:
                return
            request += chunk
        time.sleep(WORK)
        body = b"%d\n" % os.getpid()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))


signal.signal(signal.SIGTERM, end)
ports = dict(zip(sys.argv[1::2], sys.argv[2::2]))
# Its own port last: an answer there means that the worker is in the pool.
listeners = [listen(int(ports[flag])) for flag in ("--shared", "--own") if flag in ports]
while not ending or time.monotonic() < ending:
    for ready in select.select(listeners, [], [], 0.05)[0]:
        try:
            answer(ready.accept()[0])
        except OSError:
            pass  # the client has disconnected
