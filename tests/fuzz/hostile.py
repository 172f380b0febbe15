"""What somebody sends who means no good, or whose phone is broken: texts, forms, and requests made of them."""

from typing import Any

from hypothesis import strategies as st

NASTY = (
    "",
    " ",
    "\x00",
    "7\x00 and yes",
    "' OR 1=1 --",
    '"; DROP TABLE participant; --',
    "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "]]></Message><Message>free</Message>",
    "\r\nSet-Cookie: coach=mine\r\n\r\n<html>",
    '=HYPERLINK("https://example.org","click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202eoilgnis\u202c \u200b\u200d\ufeff7\u2066",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0010ffff \ufffe \U000e0041",
    "٧ نعم ۷ ７ Ⅶ ⑦ ½",
    "a" * 1601,
    "7 " * 1200,
    "\u0301" * 700,
    "-1",
    "11",
    "9" * 400,
    "1e999",
    "NaN",
    "../../../etc/passwd",
    "//evil.example",
    "https://evil.example/",
    "\\\\evil.example",
    "javascript:alert(1)",
    "2026-02-30",
    "24:61",
    "Mars/Olympus",
)
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=200), st.integers().map(str))
# Bytes that are no UTF-8, as a form may carry them.
raw = st.one_of(texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=60))


def forms(names: list[str]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """Pairs of a form: known names and others, some of them more than once."""
    name = st.one_of(st.sampled_from(sorted(names)), st.sampled_from(sorted(names)), texts.map(lambda one: one[:40]))
    return st.lists(st.tuples(name, texts), max_size=12)
