"""Numbers of the system calls that the filter knows, for each architecture."""

from domain.frozen import Frozen

# The same everywhere: io_uring_setup, _enter, _register, open_tree, move_mount, fsopen, fsconfig, fsmount,
# fspick, pidfd_getfd, mount_setattr, memfd_secret.
NEWER = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 447)
CLONE3, OPENAT2, FCHMODAT2 = 435, 437, 452


class Call(Frozen):
    """A call and the place of its interesting argument, from 0; `flags` is that of the flags which it depends on."""

    number: int
    argument: int
    flags: int | None = None


class Machine(Frozen):
    """Numbers of one architecture, from the kernel's unistd.h and audit.h.

    `refused` in this order: mount, umount2, pivot_root, chroot, unshare, setns, open_by_handle_at, add_key,
    request_key, keyctl, bpf, userfaultfd, perf_event_open, kexec_load, syslog. `modes` take a file's mode.
    """

    audit: int
    socket: Call
    clone: Call
    ioctl: Call
    shmget: Call
    memfd_create: int
    refused: tuple[int, ...]
    modes: tuple[Call, ...]


def _call(number: int, argument: int, flags: int | None = None) -> Call:
    return Call(number=number, argument=argument, flags=flags)


MACHINES = {
    "x86_64": Machine(
        audit=0xC000003E,
        socket=_call(41, 0),
        clone=_call(56, 0),
        ioctl=_call(16, 1),
        shmget=_call(29, 1),
        memfd_create=319,
        refused=(165, 166, 155, 161, 272, 308, 304, 248, 249, 250, 321, 323, 298, 246, 103),
        # chmod, fchmod, fchmodat, fchmodat2, creat, mknod, mknodat, open, openat
        modes=(
            *(_call(90, 1), _call(91, 1), _call(268, 2), _call(FCHMODAT2, 2), _call(85, 1), _call(133, 1)),
            *(_call(259, 2), _call(2, 2, 1), _call(257, 3, 2)),
        ),
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        socket=_call(198, 0),
        clone=_call(220, 0),
        ioctl=_call(29, 1),
        shmget=_call(194, 1),
        memfd_create=279,
        refused=(40, 39, 41, 51, 97, 268, 265, 217, 218, 219, 280, 282, 241, 104, 116),
        # fchmod, fchmodat, fchmodat2, mknodat, openat
        modes=(_call(52, 1), _call(53, 2), _call(FCHMODAT2, 2), _call(33, 2), _call(56, 3, 2)),
    ),
}
