"""Where untrusted commands run: bubblewrap, or nothing when asked for in so many words."""

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.bubblewrap import Bubblewrap
from adapters.sandbox.choose import choose_sandbox
from adapters.sandbox.files import ConfinedFiles
from adapters.sandbox.isolation import Isolation
from adapters.sandbox.none import Unconfined

__all__ = ["Bounds", "Bubblewrap", "ConfinedFiles", "Isolation", "Unconfined", "choose_sandbox"]
