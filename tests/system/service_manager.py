"""What systemd is to a service with `FileDescriptorStoreMax=`: it keeps what it is given for the next start."""

import os
import queue
import socket
import sys
import threading
import time

# Becomes the program with the descriptors that were kept, as sd_listen_fds(3) says.
LAUNCHER = """
import fcntl, os, socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
names, kept, _, _ = socket.recv_fds(link, 65536, 253)
high = [fcntl.fcntl(one, fcntl.F_DUPFD, 400) for one in kept]
for place, one in enumerate(high, 3):
    os.dup2(one, place)
os.closerange(3 + len(high), 1000)
if high:
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)),
                      LISTEN_FDNAMES=names.decode())
os.execv(sys.argv[2], sys.argv[2:])
"""


class ServiceManager:
    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path)
        self.start_path = os.path.join(folder, "start")
        self.starts = socket.socket(socket.AF_UNIX)
        self.starts.bind(self.start_path)
        self.starts.listen()
        self.kept = []  # (name, descriptor)
        self.lock = threading.Lock()
        self.said = queue.SimpleQueue()  # messages, as dictionaries
        for work in (self._listen, self._serve):
            threading.Thread(target=work, daemon=True).start()

    def words(self, *words):
        """What starts a program, with all that is kept now."""
        return [sys.executable, "-c", LAUNCHER, self.start_path, *words]

    def until(self, name, patience=30.0):
        """The first message from here on that has that name, as a dictionary; queue.Empty if none comes."""
        deadline = time.monotonic() + patience
        while True:
            said = self.said.get(timeout=max(0, deadline - time.monotonic()))
            if name in said:
                return said

    def names(self):
        with self.lock:
            return [name for name, _ in self.kept]

    def close(self):
        self.notify.close()
        self.starts.close()
        with self.lock:
            for _, descriptor in self.kept:
                os.close(descriptor)
            self.kept.clear()

    def _serve(self):
        while True:
            try:
                link, _ = self.starts.accept()
            except OSError:
                return
            with self.lock, link:
                names = ":".join(name for name, _ in self.kept)
                socket.send_fds(link, [names.encode() or b"\n"],
                                [descriptor for _, descriptor in self.kept])

    def _listen(self):
        while True:
            try:
                message, given, _, _ = socket.recv_fds(self.notify, 65536, 16)
            except OSError:
                return
            said = dict(line.split("=", 1) for line in message.decode().split("\n"))
            self.said.put(said)
            with self.lock:
                if "FDSTORE" in said:
                    self.kept += [(said["FDNAME"], descriptor) for descriptor in given]
                elif "FDSTOREREMOVE" in said:
                    for one in [one for one in self.kept if one[0] == said["FDNAME"]]:
                        self.kept.remove(one)
                        os.close(one[1])
