// A form with data-passkey asks the device for a passkey, or for a new one, and sends what it says.

const forms = document.querySelectorAll("form[data-passkey]");

async function options(form) {
  const held = form.querySelector('script[type="application/json"]');
  if (held) return JSON.parse(held.textContent);
  const answer = await fetch(form.dataset.passkey, { headers: { Accept: "application/json" } });
  return answer.json();
}

// It can be found without a user name, and its device asks who is there.
const kept = { residentKey: "required", requireResidentKey: true, userVerification: "required" };

async function credential({ creation_options: making, request_options: asking }) {
  if (asking) {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asking.publicKey);
    return navigator.credentials.get({ publicKey });
  }
  const wanted = { ...making.publicKey, authenticatorSelection: kept };
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(wanted);
  return navigator.credentials.create({ publicKey });
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const error = form.querySelector(".error[role=alert]");
  error.hidden = true;
  try {
    const found = await credential(await options(form));
    form.elements.credential.value = JSON.stringify(found.toJSON());
    form.submit();
  } catch {
    error.textContent = form.dataset.failed;
    error.hidden = false;
  }
}

const able = "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {});
for (const form of forms) {
  if (able) form.addEventListener("submit", send);
  else form.hidden = form.classList.contains("scripted");
}
