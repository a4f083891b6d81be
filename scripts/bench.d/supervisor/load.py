"""Clients in a closed loop, with a connection per request, until standard input ends; then prints the results as JSON.

load.py PORT CLIENTS
"""

import collections
import json
import socket
import sys
import threading
import time

PAUSE_AFTER_FAILURE = 0.005

port, clients = int(sys.argv[1]), int(sys.argv[2])
over = threading.Event()


def ask():
    """The result of a request, in one word."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            text = b""
            while chunk := connection.recv(4096):
                text += chunk
    except ConnectionRefusedError:
        return "refused"
    except (ConnectionResetError, BrokenPipeError):
        return "reset"
    except TimeoutError:
        return "late"
    head, _, body = text.partition(b"\r\n\r\n")
    if head and b" 200 " not in head.partition(b"\r\n")[0]:
        return "not-200"
    return "ok" if body.endswith(b"\n") else "cut"


def client(counts):
    while not over.is_set():
        outcome = ask()
        counts[outcome] += 1
        if outcome != "ok":
            time.sleep(PAUSE_AFTER_FAILURE)


tallies = [collections.Counter() for _ in range(clients)]
threads = [threading.Thread(target=client, args=(tally,)) for tally in tallies]
for thread in threads:
    thread.start()
sys.stdin.read()
over.set()
for thread in threads:
    thread.join()
print(json.dumps(sum(tallies, collections.Counter())))
