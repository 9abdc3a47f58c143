"""A relay of another make, as there are many: what it hears of a group on one interface it says on
the others, with its own address and a fresh TTL, and remembers nothing.

    naive_relay.py GROUP PORT INTERFACE ADDRESS INTERFACE ADDRESS...
"""

import select
import socket
import struct
import sys


def opened(group, port, interface, address):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    made.bind((group, port))
    index = socket.if_nametoindex(interface)
    member = struct.pack("4s4si", socket.inet_aton(group), socket.inet_aton(address), index)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, member)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 16)
    return made


def main():
    group, port, ends = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    sockets = [opened(group, port, interface, address)
               for interface, address in zip(ends[::2], ends[1::2])]
    print("open", flush=True)
    count = 0
    while True:
        for heard in select.select(sockets, [], [])[0]:
            payload = heard.recv(65536)
            for other in sockets:
                if other is not heard:
                    other.sendto(payload, (group, port))
                    count += 1
                    print(f"carried {count}", flush=True)


if __name__ == "__main__":
    main()
