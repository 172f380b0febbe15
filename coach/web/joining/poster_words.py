"""What a poster says in each language, and the link its QR code holds. Pure."""

from dataclasses import dataclass
from urllib.parse import quote

import phonenumbers

JOIN = {"en": "JOIN", "es": "UNIRME"}
WORDS = {
    "en": {
        "heading": "Restless legs at night?",
        "lead": "Get one small habit step by text each evening, from {clinic}.",
        "text": "Text",
        "to": "to",
        "scan": "Or scan the code with your phone's camera and send the text it writes.",
        "terms": (
            "You get a welcome first and start by answering YES. Up to 2 texts a day. "
            "Message and data rates may apply. Text STOP to end, HELP for help."
        ),
        "care": (
            "Not medical care, and nobody watches the texts around the clock. "
            "In an emergency, call your local emergency number."
        ),
        "questions": "Questions: {contact}",
        "code": "QR code that writes the text",
        "poster": "Poster",
    },
    "es": {
        "heading": "¿Piernas inquietas por la noche?",
        "lead": "Recibe cada noche por SMS una idea sencilla, de {clinic}.",
        "text": "Escribe",
        "to": "al",
        "scan": "O escanea el código con la cámara del teléfono y envía el mensaje que aparece.",
        "terms": (
            "Primero te llega una bienvenida y empiezas al responder SÍ. Hasta 2 mensajes al día. "
            "Puede haber cargos por mensajes y datos. Escribe STOP para terminar, HELP para pedir ayuda."
        ),
        "care": (
            "No es atención médica y nadie vigila los mensajes a toda hora. "
            "En una emergencia, llama al número de emergencias de tu país."
        ),
        "questions": "Preguntas: {contact}",
        "code": "Código QR que escribe el mensaje",
        "poster": "Cartel",
    },
}


@dataclass(frozen=True, slots=True)
class Poster:
    """A poster: what to text, to which number (E.164), and in which language it speaks."""

    clinic: str
    keyword: str
    contact: str | None
    number: str
    language: str
    poster: str | None = None

    @property
    def body(self) -> str:
        """Return the text that joins."""
        return " ".join(filter(None, (JOIN[self.language], self.keyword, self.poster)))

    @property
    def link(self) -> str:
        """Return the link that opens the phone's messages with that text (RFC 5724)."""
        return f"sms:{self.number}?body={quote(self.body)}"

    @property
    def shown_number(self) -> str:
        """Return the number as people read it."""
        number = phonenumbers.parse(self.number)
        own = phonenumbers.PhoneNumberFormat.NATIONAL
        far = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(number, own if number.country_code == 1 else far)

    def says(self, name: str) -> str:
        """Return one of the poster's sentences."""
        return WORDS[self.language][name].format(clinic=self.clinic, contact=self.contact or "")
