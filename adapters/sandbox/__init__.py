"""Where untrusted commands run: bubblewrap, users of their own in a container, or nothing when asked for."""

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.bubblewrap import Bubblewrap
from adapters.sandbox.choose import choose_sandbox
from adapters.sandbox.container.sandbox import Container
from adapters.sandbox.files import ConfinedFiles
from adapters.sandbox.isolation import Isolation
from adapters.sandbox.none import Unconfined

__all__ = ["Bounds", "Bubblewrap", "ConfinedFiles", "Container", "Isolation", "Unconfined", "choose_sandbox"]
