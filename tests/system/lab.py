"""A laboratory of network namespaces: LANs, VPN-like tunnels, cuts and captures on the real kernel.

    with lab.Lab() as net:
        lan = net.bridge("lan")
        tv, pad = net.namespace("tv"), net.namespace("pad")
        net.link(tv, "e0", lan, "10.1.0.1/24")
        net.link(pad, "e0", lan, "10.1.0.2/24")
        host = tv.start([program, "host"])
        host.line(lambda text: "ready" in text)

Namespaces have no name: they live in file descriptors of this process, so that they and all that
is in them are gone when it ends, even by SIGKILL. Programs that were started die with it, too.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def unavailable():
    """Why there can be no lab here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in ("ip", "nft"):
        if not any(os.access(os.path.join(path, tool), os.X_OK)
                   for path in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]):
            return f"the program '{tool}' is missing (Debian: iproute2, nftables)"
    try:
        with Lab() as net:
            net.namespace("probe")
    except OSError as error:
        return f"this system refuses network namespaces: {error}"
    return None


class Timeout(AssertionError):
    pass


def eventually(condition, within, what):
    """Waits for something that has no event of its own; returns what condition() gave."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"{what}: not within {within} s")
        time.sleep(0.01)


class Process:
    """A program in a namespace, with its output line by line."""

    def __init__(self, words, process):
        self.words, self.process = words, process
        self.lines = []  # (stream, text)
        self._changed = threading.Condition()
        self._readers = [threading.Thread(target=self._read, args=(name, stream), daemon=True)
                         for name, stream in (("out", process.stdout), ("err", process.stderr))]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self):
        return self.process.pid

    def _read(self, name, stream):
        for text in stream:
            with self._changed:
                self.lines.append((name, text.rstrip("\n")))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def text(self):
        return "\n".join(f"{name}| {text}" for name, text in list(self.lines)[-40:])

    def find(self, wanted, within=5.0, start=0, what="the expected line"):
        """The first line from `start` on for which wanted(text) is true, as (number, value)."""
        deadline = time.monotonic() + within
        number = start
        with self._changed:
            while True:
                while number < len(self.lines):
                    value = wanted(self.lines[number][1])
                    number += 1
                    if value:
                        return number, value
                left = deadline - time.monotonic()
                ended = not any(reader.is_alive() for reader in self._readers)
                if left <= 0 or ended:
                    why = "the program ended" if ended else f"not within {within} s"
                    raise Timeout(f"{what}: {why}; {' '.join(self.words)} said\n{self.text()}")
                self._changed.wait(min(left, 0.5))

    def line(self, wanted, within=5.0, start=0, what="the expected line"):
        return self.find(wanted, within, start, what)[1]

    def json(self, wanted, within=5.0, start=0, what="the expected JSON line"):
        """The first JSON line for which wanted(object) is true."""
        def parsed(text):
            if not text.startswith("{"):
                return None
            value = json.loads(text)
            return value if wanted(value) else None
        return self.line(parsed, within, start, what)

    def objects(self, start=0):
        """The JSON lines so far, from line `start` on."""
        return [json.loads(text) for _, text in self.lines[start:] if text.startswith("{")]

    def count(self):
        return len(self.lines)

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, within=5.0):
        """The exit code."""
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise Timeout(f"{' '.join(self.words)} did not end within {within} s\n{self.text()}")
        for reader in self._readers:
            reader.join(within)
        return code

    def stop(self, within=5.0):
        """Ends it politely; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(within)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader, stream in zip(self._readers, (self.process.stdout, self.process.stderr)):
            reader.join(1)  # grandchildren may hold the pipe open
            if not reader.is_alive():
                stream.close()


class Namespace:
    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _call(_libc.unshare, CLONE_NEWNET)
            try:
                self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            finally:
                _call(_libc.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"

    @contextlib.contextmanager
    def entered(self):
        """Sockets that this thread makes meanwhile belong to the namespace."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _call(_libc.setns, self.fd, CLONE_NEWNET)
            try:
                yield
            finally:
                _call(_libc.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)

    def _prepare(self):  # in the child, before the program
        _call(_libc.setns, self.fd, CLONE_NEWNET)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def run(self, *words, text=None, check=True):
        """Runs a program to its end; what it printed."""
        done = subprocess.run(words, input=text, text=True, capture_output=True, timeout=20,
                              preexec_fn=self._prepare)
        if check and done.returncode != 0:
            raise OSError(f"{self.name}: {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def ip(self, *commands):
        """One or several commands of ip(8), in one go."""
        self.run("ip", "-batch", "-", text="\n".join(commands) + "\n")

    def nft(self, rules):
        self.run("nft", "-f", "-", text=rules)

    def sysctl(self, name, value):
        with self.entered(), open("/proc/sys/" + name.replace(".", "/"), "w") as file:
            file.write(str(value))

    def index(self, interface):
        with self.entered():
            return socket.if_nametoindex(interface)

    def start(self, words, env=None, stdin=subprocess.DEVNULL):
        words = [str(word) for word in words]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=stdin, text=True, errors="replace", env=env,
                                   preexec_fn=self._prepare)
        started = Process(words, process)
        self.lab.keep(started.kill)
        return started

    def socket(self, *arguments):
        with self.entered():
            made = socket.socket(*arguments)
        self.lab.keep(made.close)
        return made

    def capture(self, interface):
        return Capture(self, interface)

    def tunnel(self, name, address):
        return Tunnel(self, name, address)


class Capture:
    """The IP packets that pass an interface, both ways: AF_PACKET."""

    def __init__(self, namespace, interface):
        self.packets = []  # as they passed: a run of datagrams (UDP_SEGMENT) is one
        self.run_sizes = []  # beside them: bytes of a run's datagrams, 0 for what is none
        SOL_PACKET, PACKET_VNET_HDR = 263, 15
        self._socket = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        # A header tells how the kernel would cut what passes in one piece; raw sockets only.
        self._socket.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        # By force: beyond net.core.rmem_max, for what passes between two reads.
        SO_RCVBUFFORCE = 33
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self._socket.bind((interface, 3))  # ETH_P_ALL
        self._socket.setblocking(False)

    def read(self):
        """What has arrived since the capture began."""
        VIRTIO_HEADER, ETHERNET, UDP_RUN = 10, 14, 5
        with contextlib.suppress(BlockingIOError, OSError):
            while True:
                frame = self._socket.recv(1 << 17)
                _, kind, _, size = struct.unpack_from("<BBHH", frame)
                packet = frame[VIRTIO_HEADER + ETHERNET:]
                if frame[VIRTIO_HEADER + 12:VIRTIO_HEADER + ETHERNET] not in (b"\x08\0", b"\x86\xdd"):
                    continue
                self.packets.append(packet)
                self.run_sizes.append(size if kind == UDP_RUN else 0)
        return self.packets

    def datagrams(self, ports=None):
        """As of datagrams() below; those of a run one by one."""
        found = []
        for packet, size in zip(self.read(), self.run_sizes):
            for *ends, payload in datagrams([packet], ports):
                step = size or 1 << 16
                found += [(*ends, payload[at:at + step])
                          for at in range(0, max(len(payload), 1), step)]
        return found


class Tunnel:
    """A VPN-like tun interface that is up; what the system sends into it is kept."""

    def __init__(self, namespace, name, address):
        self.packets = []
        with namespace.entered():
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            IFF_TUN, IFF_NO_PI, TUNSETIFF = 1, 0x1000, 0x400454CA
            fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        # Twice the default, so that nothing is overlooked between two reads.
        namespace.ip(f"link set {name} txqueuelen 10000 up", f"address add {address} dev {name}")
        namespace.lab.keep(lambda: os.close(self.fd))

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            self.packets.append(os.read(self.fd, 65536))
        return self.packets

    def datagrams(self, ports=None):
        return datagrams(self.read(), ports)


def datagrams(packets, ports=None):
    """The UDP datagrams among IP packets, as (source port, destination port, destination
    address, payload); `ports`: only those to or from one of them."""
    found = []
    for packet in packets:
        if len(packet) >= 28 and packet[0] >> 4 == 4 and packet[9] == 17:
            udp, destination = packet[(packet[0] & 15) * 4:], socket.inet_ntoa(packet[16:20])
        elif len(packet) >= 48 and packet[0] >> 4 == 6 and packet[6] == 17:
            udp, destination = packet[40:], socket.inet_ntop(socket.AF_INET6, packet[24:40])
        else:
            continue
        source_port, destination_port, length = struct.unpack("!HHH", udp[:6])
        if ports is None or source_port in ports or destination_port in ports:
            found.append((source_port, destination_port, destination, udp[8:length]))
    return found


class Lab:
    """Owns namespaces, links and programs, and removes them at the end, whatever the end is."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self._counter = 0
        self._switches = None
        self._previous = {}

    def __enter__(self):
        # SIGTERM and SIGHUP shall run the cleaning up below, as Ctrl-C does.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                self._previous[number] = signal.signal(number, lambda number, _: os._exit(self._end(number)))
        return self

    def _end(self, number):
        self.close()
        return 128 + number

    def __exit__(self, *_):
        self.close()
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def close(self):
        self._stack.close()

    def keep(self, undo):
        """Calls undo() at the end, last one first."""
        self._stack.callback(undo)

    def namespace(self, name):
        made = Namespace(self, name)
        self.keep(lambda: os.close(made.fd))
        made.ip("link set lo up")
        return made

    def bridge(self, name, address=None):
        """A LAN: a bridge in a namespace for all switches."""
        if self._switches is None:
            self._switches = self.namespace("switches")
        # No snooping: without a querier it would be a filter, which is a test of its own.
        self._switches.ip(f"link add {name} type bridge mcast_snooping 0", f"link set {name} up")
        return Bridge(self._switches, name)

    def link(self, namespace, interface, bridge, *addresses, mac=None):
        """A cable from a namespace to a bridge; the addresses come last, as in life."""
        self._counter += 1
        port = f"p{self._counter}"
        hardware = f"address {mac} " if mac else ""
        bridge.namespace.ip(
            f"link add {port} type veth peer name {interface} {hardware}netns {namespace.path}",
            f"link set {port} master {bridge.name} up")
        namespace.ip(f"link set {interface} up",
                     *(f"address add {address} dev {interface} nodad" if ":" in address
                       else f"address add {address} brd + dev {interface}" for address in addresses))
        return port


class Bridge:
    def __init__(self, namespace, name):
        self.namespace, self.name = namespace, name

