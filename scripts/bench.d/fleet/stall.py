"""A livepatch server with pauses: every PERIOD seconds it does not answer for STALL seconds. Prints its port."""

import asyncio
import sys

PERIOD, STALL = float(sys.argv[1]), float(sys.argv[2])
ENROLLED = b'{"machine-token":"bench","tier":"edge"}'


def answer(status, body):
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


async def serve(reader, writer):
    loop = asyncio.get_running_loop()
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
            await reader.readexactly(length)
            into = loop.time() % PERIOD
            if into < STALL:
                await asyncio.sleep(STALL - into)
            updates = b"/updates " in head.split(b"\r\n", 1)[0]
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n" if updates else answer(b"200 OK", ENROLLED))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
