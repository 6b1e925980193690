"""What a sandbox may use of the machine."""

from pydantic import Field

from domain.frozen import Frozen

_MIB = 1024 * 1024


class Bounds(Frozen):
    """Caps of one sandbox, in bytes unless said otherwise.

    `memory` is the resident memory of all its processes together, `output` what one command may print,
    `file` the size of any one file, `disk` what all folders that it may write to hold together. `tmp`, `shm`
    and `home` are the sizes of folders which live in memory and come on top of `memory`. `spare` is what
    must stay free of the machine's memory and of each of those disks (half of what was free, if that is
    less), whoever uses it.
    """

    memory: int = Field(default=4096 * _MIB, gt=0)
    processes: int = Field(default=4000, gt=0, description="how many at once, each thread counted")
    output: int = Field(default=50_000_000, gt=0)
    file: int = Field(default=4096 * _MIB, gt=0)
    disk: int = Field(default=20 * 1024 * _MIB, gt=0)
    tmp: int = Field(default=1024 * _MIB, gt=0)
    shm: int = Field(default=256 * _MIB, gt=0)
    home: int = Field(default=512 * _MIB, gt=0)
    spare: int = Field(default=512 * _MIB, gt=0)
    connections: int = Field(default=128, gt=0, description="how many at once, where a place may reach services")
    relayed: int = Field(default=1024 * _MIB, gt=0, description="sent and received over all of them")

    @property
    def kernel_processes(self) -> int:
        """The kernel's own cap is a little higher, so that a runaway is seen, told and ended before it stalls."""
        return self.processes + self.processes // 4 + 8

    @property
    def kernel_memory(self) -> int:
        """All that may be in memory, files included."""
        return self.memory + self.tmp + self.shm + self.home
