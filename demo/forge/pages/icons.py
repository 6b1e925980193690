"""Small drawings, in the colour of the text around them."""

from demo.forge.pages.html import Html

_PULL = '<circle cx="4" cy="3.5" r="1.8"/><circle cx="4" cy="12.5" r="1.8"/><path d="M4 5.3v5.4"/>'
_ARM = '<circle cx="12" cy="12.5" r="1.8"/>'
_DRAWINGS = {
    "open": f'{_PULL}{_ARM}<path d="M12 10.7V6.5a2 2 0 0 0-2-2H7.6M9.3 2.6 7.4 4.5l1.9 1.9"/>',
    "draft": f'{_PULL}{_ARM}<path d="M12 10.2V8.6M12 6.4V4.8M12 3v-.2"/>',
    "merged": f'{_PULL}<circle cx="12" cy="8.5" r="1.8"/><path d="M4 5.6c.6 2 2.6 2.9 6.2 2.9"/>',
    "closed": f'{_PULL}{_ARM}<path d="M12 10.7V7.5M10.3 2.3l3.4 3.4M13.7 2.3l-3.4 3.4"/>',
    "issue": '<circle cx="8" cy="8" r="6"/><circle cx="8" cy="8" r="1" fill="currentColor"/>',
    "solved": '<circle cx="8" cy="8" r="6"/><path d="m5.4 8.2 1.8 1.8 3.4-3.7"/>',
    "commit": '<circle cx="8" cy="8" r="2.6"/><path d="M1 8h4.4M10.6 8H15"/>',
    "check": '<path d="m3 8.4 3.2 3.2L13 4.6"/>',
    "cross": '<path d="m4 4 8 8M12 4l-8 8"/>',
    "remark": '<path d="M2.5 3h11v7.5H7L4 13.3v-2.8H2.5z"/>',
    "branch": f'{_PULL}<circle cx="12" cy="5" r="1.8"/><path d="M12 6.8c0 2.6-4 1.8-7.6 3.4"/>',
}


def icon(name: str) -> Html:
    """A drawing by its name."""
    return Html(f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{_DRAWINGS[name]}</svg>')
