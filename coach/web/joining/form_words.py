"""What the public form says in each language. Pure."""

WORDS = {
    "en": {
        "title": "Texts for restless legs",
        "lead": "One small habit step by text each evening, from {clinic}.",
        "other": "En español",
        "phone": "Your cell phone number",
        "first_name": "First name (optional)",
        "time_zone": "Where you live",
        "from_number": "Same as my area code",
        "agree": (
            "I agree that {clinic} texts this number, up to 2 texts a day. Message and data rates may apply. "
            "I can end it at any time by texting STOP."
        ),
        "send": "Send me the welcome",
        "next": "You get one welcome text. Nothing else is sent before you answer YES to it.",
        "care": (
            "Not medical care, and nobody watches the texts around the clock. "
            "In an emergency, call your local emergency number."
        ),
        "questions": "Questions: {contact}",
        "done": "Thank you",
        "done_text": "If this number can get our texts, a welcome is on its way; at night it waits for the morning.",
        "done_next": "Answer YES to it to start. Nothing else is sent before that.",
        "not_come": "No welcome by tomorrow? The number may be signed up already, or have stopped: text START to us.",
        "problem": "There is a problem",
        "bad_phone": "Write a cell phone number, such as (415) 555-0134.",
        "bad_first_name": "Write a first name of at most 40 letters.",
        "bad_time_zone": "Choose a place from the list.",
        "bad_language": "Choose one of the languages.",
        "bad_agree": "Tick the box: without your agreement we may not text you.",
        "bad_often": "This form was used very often from here. Please try again tomorrow, or call us.",
    },
    "es": {
        "title": "Mensajes para las piernas inquietas",
        "lead": "Cada noche, por SMS, una idea sencilla de {clinic}.",
        "other": "In English",
        "phone": "Tu número de celular",
        "first_name": "Nombre (opcional)",
        "time_zone": "Dónde vives",
        "from_number": "Según mi código de área",
        "agree": (
            "Acepto que {clinic} envíe mensajes a este número, hasta 2 al día. Puede haber cargos por mensajes y "
            "datos. Puedo terminar en cualquier momento con STOP."
        ),
        "send": "Envíenme la bienvenida",
        "next": "Recibes un mensaje de bienvenida. No se envía nada más hasta que respondas SÍ.",
        "care": (
            "No es atención médica y nadie vigila los mensajes a toda hora. "
            "En una emergencia, llama al número de emergencias de tu país."
        ),
        "questions": "Preguntas: {contact}",
        "done": "Gracias",
        "done_text": (
            "Si este número puede recibir nuestros mensajes, la bienvenida va en camino; de noche espera a la mañana."
        ),
        "done_next": "Responde SÍ para empezar. No se envía nada más antes.",
        "not_come": (
            "¿No llega hasta mañana? Puede que el número ya esté inscrito o se haya dado de baja: escríbenos START."
        ),
        "problem": "Hay un problema",
        "bad_phone": "Escribe un número de celular, como (415) 555-0134.",
        "bad_first_name": "Escribe un nombre de 40 letras como máximo.",
        "bad_time_zone": "Elige un lugar de la lista.",
        "bad_language": "Elige uno de los idiomas.",
        "bad_agree": "Marca la casilla: sin tu permiso no podemos escribirte.",
        "bad_often": "Este formulario se usó demasiadas veces desde aquí. Inténtalo mañana o llámanos.",
    },
}
