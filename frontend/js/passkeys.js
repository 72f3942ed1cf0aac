// Passkeys: a form with data-passkey ("create" or "get") gets its `credential` from the device.
// The options lie in the page (data-options: the id of a JSON block) or are fetched (data-options-url).
// Its button stays hidden where the browser knows no passkeys; the other ways to sign in remain.

const BYTES = new Set(["challenge", "id", "rawId", "userHandle"]);

function toBytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0)).buffer;
}

function toText(buffer) {
  let plain = "";
  for (const byte of new Uint8Array(buffer)) plain += String.fromCharCode(byte);
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

/** Return the options with bytes where the browser wants bytes; rp.id is a host name and stays a text. */
function decoded(value, key = "", parent = "") {
  if (Array.isArray(value)) return value.map((one) => decoded(one, "", key));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, decoded(one, name, key)]));
  }
  return typeof value === "string" && BYTES.has(key) && parent !== "rp" ? toBytes(value) : value;
}

function encoded(credential) {
  const { response } = credential;
  const sent = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (name in response) sent[name] = response[name] ? toText(response[name]) : null;
  }
  if (response.getTransports) sent.transports = response.getTransports();
  return {
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    response: sent,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The options came back with ${answer.status}`);
  return answer.json();
}

async function create(form) {
  const options = decoded((await optionsOf(form)).creation_options);
  // A passkey that signs in alone: kept on the device, behind its finger, face or PIN.
  Object.assign(options.publicKey.authenticatorSelection, {
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  });
  return navigator.credentials.create(options);
}

async function get(form) {
  return navigator.credentials.get(decoded((await optionsOf(form)).request_options));
}

async function onClick(form, button) {
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  button.setAttribute("aria-disabled", "true");
  try {
    const credential = await (form.dataset.passkey === "create" ? create(form) : get(form));
    form.elements.credential.value = JSON.stringify(encoded(credential));
    form.submit();
  } catch {
    // The device's own window has said why: cancelled, no finger, no such passkey.
    failed.hidden = false;
    button.removeAttribute("aria-disabled");
  }
}

function start(form) {
  const button = form.querySelector("button[type=button]");
  button.hidden = false;
  const none = form.querySelector("[data-passkey-none]");
  if (none) none.hidden = true;
  button.addEventListener("click", () => {
    if (!button.hasAttribute("aria-disabled")) onClick(form, button);
  });
}

if (window.PublicKeyCredential && navigator.credentials) {
  document.querySelectorAll("form[data-passkey]").forEach(start);
}
