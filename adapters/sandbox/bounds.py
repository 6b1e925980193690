"""What a sandbox may use of the machine."""

from pydantic import Field

from domain.frozen import Frozen

_MIB = 1024 * 1024


class Bounds(Frozen):
    """Caps of one sandbox, in bytes unless said otherwise.

    `memory` is the resident memory of all its processes together, `output` what one command may print,
    `file` the size of any one file, the last three the sizes of /tmp, /dev/shm and the home folder,
    which live in memory and come on top of `memory`.
    """

    memory: int = Field(default=4096 * _MIB, gt=0)
    processes: int = Field(default=2000, gt=0, description="how many at once")
    output: int = Field(default=50_000_000, gt=0)
    file: int = Field(default=4096 * _MIB, gt=0)
    tmp: int = Field(default=1024 * _MIB, gt=0)
    shm: int = Field(default=256 * _MIB, gt=0)
    home: int = Field(default=512 * _MIB, gt=0)
