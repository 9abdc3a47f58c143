"""The Debian packages: built, looked at by lintian, installed, run and removed again.

They are installed into an overlay over this system, in a mount namespace of its own: nothing of
this system changes. Built with the flags of the test's own build, so that ccache has most of it.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = {"libmcast", "libmcast-dev", "libmcast-dpdk", "mcast-tools", "mcastd"}
LEFT_OUT = {".git", "build"}
PATIENCE = 900  # seconds: without a cache all is compiled

# As root in the overlay; /proc and /dev are the system's. Each step says what it is about.
INSIDE = r"""
set -eu
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd "$1"; shift
dpkg --install ./*.deb
echo "== installed: $(dpkg-query --show --showformat='${Package} ' "$@")"
mcast --version
mcastd --version
mcastd check /etc/mcastd/mcastd.toml
test -e /lib/systemd/system/mcastd.service
test ! -e /etc/systemd/system/multi-user.target.wants/mcastd.service
for page in man1/mcast.1 man5/mcastd.toml.5 man8/mcastd.8; do
    dpkg --listfiles mcast-tools mcastd | grep --quiet "$page.gz"
done
pkg-config --modversion mcast mcast-dpdk
printf '#include <mcast/mcast.hpp>\nint main() { return mcast::domain_id("x") == 0; }\n' >user.cpp
g++ -std=c++20 user.cpp -o user $(pkg-config --cflags --libs mcast)
./user
echo "== runs"
mkdir -p /var/lib/private/mcastd  # as systemd makes them for DynamicUser=
ln -s private/mcastd /var/lib/mcastd
touch /var/lib/mcastd/run
dpkg --purge "$@"
for left in /usr/bin/mcast /usr/bin/mcastd /etc/mcastd /usr/include/mcast /usr/share/mcast \
        /var/lib/mcastd /var/lib/private/mcastd; do
    test ! -e "$left"
    test ! -L "$left"
done
echo "== removed"
"""


def in_overlay(folder, script, *arguments):
    """Runs a script in a copy of the system that writes to `folder` only."""
    steps = f"""
        set -e
        mount -t tmpfs none {folder}/writes
        mkdir {folder}/writes/upper {folder}/writes/work
        mount -t overlay overlay {folder}/system \
            -o lowerdir=/,upperdir={folder}/writes/upper,workdir={folder}/writes/work
        mount --rbind /proc {folder}/system/proc
        mount --rbind /dev {folder}/system/dev
        mkdir -p {folder}/system/packages
        cp {folder}/*.deb {folder}/system/packages
        exec chroot {folder}/system bash -c "$0" inside /packages "$@"
    """
    for name in ("writes", "system"):
        (pathlib.Path(folder) / name).mkdir()
    return subprocess.run(["unshare", "--mount", "--propagation", "private", "bash", "-c", steps,
                           script, *arguments], text=True, capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=PATIENCE)


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mcast-packages-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        source = pathlib.Path(cls.folder) / "source"
        shutil.copytree(ROOT, source, ignore=lambda where, names: [
            name for name in names if pathlib.Path(where) == ROOT and name in LEFT_OUT])
        cls.build = subprocess.run(
            ["dpkg-buildpackage", "--build=binary", "--no-pre-clean", "--no-check-builddeps",
             "--unsigned-changes", "--unsigned-buildinfo"],
            cwd=source, env=cls.environment(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False, timeout=PATIENCE)

    @classmethod
    def environment(cls):
        made = {**os.environ, "DEB_BUILD_OPTIONS": f"nocheck noautodbgsym parallel={os.cpu_count()}"}
        if shutil.which("ccache"):
            # What ccache compares: the flags of tools/test's build, the name of the compiler, the
            # language (debhelper sets LC_ALL) and the cache itself (debhelper sets HOME).
            compiler = pathlib.Path(cls.folder) / "g++"
            compiler.write_text('#!/bin/sh\nunset LC_ALL\nexec ccache g++ "$@"\n')
            compiler.chmod(0o755)
            cache = subprocess.run(["ccache", "--get-config", "cache_dir"], text=True,
                                   capture_output=True, check=True).stdout.strip()
            made.update(CCACHE_DIR=cache, CCACHE_NOHASHDIR="1", CXX=str(compiler),
                        DEB_CXXFLAGS_SET="", DEB_CPPFLAGS_SET="",
                        MESON_OPTIONS="-Dwerror=true -Doptimization=2 -Ddebug=false")
        return made

    def setUp(self):
        self.assertEqual(self.build.returncode, 0, self.build.stdout[-8000:])

    def test_all_are_built(self):
        built = {path.name.split("_")[0] for path in pathlib.Path(self.folder).glob("*.deb")}
        self.assertEqual(built, PACKAGES)

    def test_lintian_has_nothing_to_say(self):
        changes = next(pathlib.Path(self.folder).glob("*.changes"))
        done = subprocess.run(["lintian", "--allow-root", "--fail-on=warning", str(changes)],
                              text=True, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_they_are_installed_run_and_removed(self):
        done = in_overlay(self.folder, INSIDE, *sorted(PACKAGES))
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        for step in ("== installed", "== runs", "== removed"):
            self.assertIn(step, said)
        self.assertFalse(os.path.exists("/etc/mcastd/mcastd.toml"), "this system was changed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
