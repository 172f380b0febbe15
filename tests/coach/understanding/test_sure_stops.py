"""A phrase of the lexicon is a certain stop only if it names what should end; otherwise we ask."""

import re
import tomllib
from importlib.resources import files

import pytest

NAMED = re.compile(
    r"\$textnoun|\$text\b|text|messag|program|coach|number|\bnum\b|\bnos\b|list|service|remind|check|notif|sms|nudg|contact"
    r"|communicat|inbox|phone|spam|unsubscrib|subscrib|opt\b|opted|consent|permission|authori|withdraw|unenrol|deregister"
    r"|removal|mensaj|servicio|recordat|avis|inscri|particip|lista|numero|baja|desuscrib|desapunt|registro|suscri"
    r"|escrib|mand|envi|contact|consentimiento|permiso|\$stop_words"
)


def sure_phrases(language: str) -> list[str]:
    lexicon = tomllib.loads((files("content") / "lexicon" / language / "stop.toml").read_text("utf-8"))
    return [
        line.partition("#")[0].strip() for line in lexicon["phrases"]["opt_out"]["sure"].splitlines() if line.strip()
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_certain_stop_names_the_messages_the_programme_the_number_or_the_list(language: str) -> None:
    phrases = sure_phrases(language)

    assert phrases
    assert [phrase for phrase in phrases if phrase and not NAMED.search(phrase)] == []


def test_the_check_would_notice() -> None:
    assert not NAMED.search("get rid of me|these|my|this")
    assert not NAMED.search("dejen|deja de chingar|joder")
