"""A share of a whole as a bar for tables, as plain SVG. Pure."""

from html import escape

WIDTH, HEIGHT = 100, 10


def share_bar(part: int, whole: int, words: str) -> str:
    """Draw how much of `whole` is `part`; nothing without a whole. `words` shows on hover and is read aloud."""
    if whole <= 0:
        return ""
    full = WIDTH * min(1.0, max(0.0, part / whole))
    return (
        f'<svg class="bar" role="img" focusable="false" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"<title>{escape(words)}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="currentColor" fill-opacity="0.18"/>'
        f'<rect width="{full:.4g}" height="{HEIGHT}" fill="currentColor"/></svg>'
    )
