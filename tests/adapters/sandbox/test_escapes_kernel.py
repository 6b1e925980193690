"""Attempts to gain rights from the kernel, call by call, and to change it through its files."""

import platform
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.sandbox import Bubblewrap
from adapters.sandbox.choose import find_program
from domain.command import Place

Inside = Callable[..., Awaitable[str]]

# What users and groups alone do not give.
SHUT = pytest.mark.parametrize("box", ["bubblewrap", "container"], indirect=True)

_X86 = platform.machine() == "x86_64"
_CALLER = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def syscall(x86, arm, *given):
    arguments = [ctypes.c_void_p(one) if isinstance(one, int) else one for one in given]
    came = libc.syscall(ctypes.c_long(x86 if os.uname().machine == "x86_64" else arm), *arguments)
    return "done" if came >= 0 else errno.errorcode[ctypes.get_errno()]
room = ctypes.create_string_buffer(256)
"""


@dataclass(frozen=True)
class Case:
    """A call with its numbers on x86-64 and arm64, and its arguments."""

    name: str
    call: str
    answers: tuple[str, ...] = ("EPERM",)


CASES = [
    Case("mount", "165, 40, b'none', b'/tmp', b'tmpfs', 0, 0"),
    Case("umount", "166, 39, b'/tmp', 2"),
    Case("pivot_root", "155, 41, b'/tmp', b'/tmp'"),
    Case("chroot", "161, 51, b'/tmp'"),
    Case("new_mount_api", "430, 430, b'tmpfs', 0"),
    Case("open_tree", "428, 428, -100, b'/workspace', 1"),
    Case("unshare_user", "272, 97, 0x10000000"),
    Case("unshare_network_of_its_own", "272, 97, 0x40000000"),
    Case("clone_into_a_user_namespace", "56, 220, 0x10000011, 0, 0, 0, 0"),
    Case("clone_into_a_mount_namespace", "56, 220, 0x00020011, 0, 0, 0, 0"),
    Case("clone3", "435, 435, room, 88", ("ENOSYS",)),
    Case("setns", "308, 268, os.open('/proc/self/ns/mnt', 0), 0"),
    Case("open_by_handle", "304, 265, -100, room, 0"),
    Case("keyctl", "250, 219, 0, -3, 0"),
    Case("add_key", "248, 217, b'user', b'x', b'y', 1, -3"),
    Case("request_key", "249, 218, b'user', b'x', 0, -3"),
    Case("bpf", "321, 280, 0, room, 64"),
    Case("perf_event_open", "298, 241, room, 0, -1, -1, 0"),
    Case("userfaultfd", "323, 282, 0"),
    Case("io_uring", "425, 425, 8, room"),
    Case("init_module", "175, 105, room, 8, b''", ("EPERM", "ENOSYS")),
    Case("finit_module", "313, 273, 0, b'', 0", ("EPERM", "ENOSYS")),
    Case("kexec_load", "246, 104, 0, 0, 0, 0"),
    Case("dmesg", "103, 116, 3, room, 256"),
    Case("clock_settime", "227, 112, 0, room"),
    Case("sethostname", "170, 161, b'sandbox', 7"),
    Case("reboot", "169, 142, 0xfee1dead, 672274793, 0, 0"),
    Case("swapon", "167, 224, b'/workspace/x', 0"),
    Case("acct", "163, 89, 0"),
    Case("mknod_device", "259, 33, -100, b'/tmp/d', 0o20666, 0x103"),
    Case("make_a_file_run_as_its_owner", "268, 53, -100, b'/workspace', 0o4777, 0"),
    Case("openat2", "437, 437, -100, b'/tmp/x', room, 24", ("ENOSYS",)),
    Case("memory_that_nobody_counts", "319, 279, b'x', 0", ("ENOSYS",)),
    Case("large_shared_segment", "29, 194, 0, 1 << 30, 0o1600"),
    Case("secret_memory", "447, 447, 0"),
    Case("take_a_descriptor_of_another", "438, 438, 0, 0, 0"),
    Case("vsock", "41, 198, 40, 1, 0"),
    Case("raw_socket", "41, 198, 2, 3, 1"),
    Case("packet_socket", "41, 198, 17, 3, 0"),
    Case("type_on_our_terminal", "16, 29, 0, 0x5412, b'x'"),
    Case("paste_on_our_terminal", "16, 29, 0, 0x541C, room"),
    Case("become_root", "105, 146, 0", ("EPERM", "EINVAL")),
    Case("real_time_priority", "144, 119, 0, 1, (ctypes.c_int * 1)(50)"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_call(python_inside: Inside, case: Case) -> None:
    """The kernel refuses it."""
    assert (await python_inside(f"{_CALLER}print(syscall({case.call}))")).strip() in case.answers


@pytest.mark.skipif(not _X86, reason="only this architecture has a second table of calls")
async def test_the_other_table_of_calls(python_inside: Inside) -> None:
    """Calls by the numbers of 32-bit programs, which the filter would misread, all fail."""
    code = "b8 14 00 00 00 cd 80 c3"  # getpid there
    program = (
        f"import ctypes, mmap\nroom = mmap.mmap(-1, 4096, prot=7)\nroom.write(bytes.fromhex('{code}'))\n"
        "where = ctypes.addressof(ctypes.c_char.from_buffer(room))\nprint(ctypes.CFUNCTYPE(ctypes.c_int)(where)())"
    )
    assert (await python_inside(program)).strip() in {"-1", "-38"}


async def test_older_bubblewrap_makes_no_namespaces_either(place: Place, bubblewrap: Bubblewrap) -> None:
    """Where bubblewrap can't forbid user namespaces, the filter does."""
    older = Bubblewrap(find_program().model_copy(update={"options": ()}))
    calls = ("272, 97, 0x10000000", "56, 220, 0x10000011, 0, 0, 0, 0", "435, 435, room, 88")
    program = _CALLER + "\n".join(f"print(syscall({call}))" for call in calls)
    told = await older.run(place, f"python3 - <<'END'\n{program}\nEND", 20, {})
    assert told.output.split() == ["EPERM", "EPERM", "ENOSYS"]


async def test_settings_of_the_kernel(python_inside: Inside) -> None:
    """Not one of them opens for writing, whoever owns it: core_pattern would start a program outside."""
    program = """
import os
names = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe"]
names += [os.path.join(folder, name) for folder, _, found in os.walk("/proc/sys") for name in found]
def opens(name):
    try:
        fd = os.open(name, os.O_WRONLY)
        if name.endswith("/ns_last_pid"):  # opens for everybody, and takes nothing
            os.write(fd, b"1")
    except OSError:
        return False
    return True
print(len(names) > 100, [name for name in names if opens(name)])
"""
    assert await python_inside(program) == "True []\n"


async def test_crash_starts_no_program_outside(inside: Inside, place: Place) -> None:
    """The pattern for core files stays what it was, and a crash leaves nothing."""
    before = Path("/proc/sys/kernel/core_pattern").read_text()
    await inside("echo '|/tmp/x' > /proc/sys/kernel/core_pattern; ulimit -c unlimited; sh -c 'kill -SEGV $$'")
    assert Path("/proc/sys/kernel/core_pattern").read_text() == before
    assert [path.name for path in place.workspace.iterdir()] == []


@SHUT
@pytest.mark.parametrize(
    "way",
    [
        "ls /sys/kernel || ls /sys/fs/cgroup",
        "echo x > /proc/self/comm",
        "for f in $(find /proc/[a-rt-z]* -maxdepth 1 -type f); do (: >> $f) && exit; done; exit 1",
    ],
)
async def test_more_files_of_the_kernel(inside: Inside, way: str) -> None:
    """Of these nothing can be read, nor written even for oneself."""
    assert await inside(f"({way}) >/dev/null 2>&1 && echo reached") == ""


@pytest.mark.parametrize(
    "way",
    [
        "echo b > /proc/sysrq-trigger",
        "echo /workspace/x > /sys/fs/cgroup/release_agent",
        "mkdir /tmp/c && mount -t cgroup -o none,name=x none /tmp/c",
        "mkdir /tmp/d && mount -t debugfs none /tmp/d",
        "cat /proc/kcore | head -c 1 | grep -q .",
        "cat /proc/kmsg",
        "dmesg | grep -q .",
        "cat /proc/keys | grep -q .",
        "grep -qv '^0000000000000000 ' /proc/kallsyms",
        "cat /proc/slabinfo || cat /proc/vmallocinfo || head -c 8 /proc/kpageflags",
        "echo 10 > /proc/mtrr",
        "echo -1000 > /proc/1/oom_score_adj",
        "echo 1 > /proc/self/setgroups || echo 0 0 1 > /proc/self/uid_map",
        "modprobe loop || insmod /workspace/x.ko",
        "hwclock --set --date=2000-01-01 || date -s @0",
    ],
)
async def test_files_of_the_kernel(inside: Inside, way: str) -> None:
    """What the kernel shows as files tells nothing of the machine and changes nothing."""
    assert await inside(f"({way}) >/dev/null 2>&1 && echo reached") == ""


async def test_hostname_and_clock_of_the_machine(inside: Inside) -> None:
    """What is tried on them inside leaves them as they are."""
    name, begun = socket.gethostname(), time.time()
    await inside("hostname evil; date -s @0; timedatectl set-time 2000-01-01")
    assert socket.gethostname() == name
    assert abs(time.time() - begun) < 60
