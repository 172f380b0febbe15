// While a coach writes: how many parts the text costs, and which characters make all of it dearer. The server counts by
// content/segments.py; a browser test compares the two.
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
  "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const DOUBLE = "\f^{}\\[~]|€";
// What is said of it, in the language of the page.
const WORDS = {
  en: ["part", "parts", "of a text message.", "These make all of it cost more:"],
  es: ["parte", "partes", "de un mensaje de texto.", "Estos hacen que todo cueste más:"],
};
// Typographic signs go out as these plain ones, whoever types them.
const PLAIN = [
  [/[‘’‚‛ʼʹ′´`＇]/g, "'"],
  [/[“”„‟«»″＂]/g, '"'],
  [/[‐‑‒–—―−﹣－]/g, "-"],
  [/[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]/g, " "],
  [/[\u200b\u200c\u200e\u200f\u2060\ufeff\u00ad]/g, ""],
  [/…/g, "..."],
  [/•/g, "-"],
  [/×/g, "x"],
  [/½/g, "1/2"],
  [/¼/g, "1/4"],
  [/¾/g, "3/4"],
];

function asSent(text) {
  for (const [signs, plain] of PLAIN) text = text.replace(signs, plain);
  return text.normalize("NFC").split(/\s+/).filter(Boolean).join(" ");
}

// Units that never straddle the border of a part, filled part by part.
function partsOf(units, alone, each) {
  if (units.reduce((sum, unit) => sum + unit, 0) <= alone) return 1;
  let parts = 1;
  let filled = 0;
  for (const unit of units) {
    if (filled + unit > each) {
      parts += 1;
      filled = 0;
    }
    filled += unit;
  }
  return parts;
}

export function told(text) {
  const characters = [...asSent(text)];
  if (!characters.length) return "";
  const dear = [...new Set(characters.filter((one) => !BASIC.includes(one) && !DOUBLE.includes(one)))];
  const parts = dear.length
    ? partsOf(characters.map((one) => one.length), 70, 67)
    : partsOf(characters.map((one) => (DOUBLE.includes(one) ? 2 : 1)), 160, 153);
  const [one, several, of, more] = WORDS[document.documentElement.lang] ?? WORDS.en;
  const words = `${parts} ${parts === 1 ? one : several} ${of}`;
  return dear.length ? `${words} ${more} ${dear.join(" ")}` : words;
}

function tell(field) {
  const place = document.getElementById(field.dataset?.parts ?? "");
  if (place) place.textContent = told(field.value);
}

document.addEventListener("input", (event) => tell(event.target));
// What was written before this script was there, or is given back after a mistake.
document.querySelectorAll("[data-parts]").forEach(tell);
