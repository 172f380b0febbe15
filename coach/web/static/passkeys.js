// Asks the browser for a passkey, and sends what it answers. The page says what to ask in data attributes.
const form = document.querySelector("form[data-passkey]");

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

async function ask(kind, asked) {
  const publicKey = { ...asked, challenge: bytes(asked.challenge) };
  if (kind === "use") {
    publicKey.allowCredentials = listed(asked.allowCredentials);
    return navigator.credentials.get({ publicKey });
  }
  publicKey.user = { ...asked.user, id: bytes(asked.user.id) };
  publicKey.excludeCredentials = listed(asked.excludeCredentials);
  return navigator.credentials.create({ publicKey });
}

function told(kind, given) {
  const { response } = given;
  const both = { clientDataJSON: text(response.clientDataJSON) };
  const answer =
    kind === "use"
      ? {
          ...both,
          authenticatorData: text(response.authenticatorData),
          signature: text(response.signature),
          userHandle: response.userHandle ? text(response.userHandle) : null,
        }
      : {
          ...both,
          attestationObject: text(response.attestationObject),
          transports: response.getTransports ? response.getTransports() : [],
        };
  return JSON.stringify({ id: given.id, rawId: text(given.rawId), type: given.type, response: answer });
}

if (form) {
  const { passkey: kind, options } = form.dataset;
  ask(kind, JSON.parse(options))
    .then((given) => {
      form.elements.credential.value = told(kind, given);
      form.requestSubmit();
    })
    .catch(() => {
      form.querySelector("[role=alert]").textContent = form.dataset.failed;
    });
}
