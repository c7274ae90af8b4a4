// What has to be said without a new page: refused and lost requests, copying, the keys dialog.

const words = document.getElementById("words")?.dataset ?? {};
const alerts = document.getElementById("alerts");

function say(text) {
  const message = document.getElementById("alert").content.cloneNode(true);
  message.querySelector("span").textContent = text;
  alerts.replaceChildren(message);
}

// A page that asks again by itself says so in its own way.
const itself = (ctx) => ["live-status", "as-of"].includes(ctx.sourceElement.id);
const reading = (ctx) => ctx?.request?.method === "GET";
const failure = (ctx, reason) => say(`${reading(ctx) ? words.notShown : words.notSaved} ${reason}`);

// 409 and 422 bring their own editor, a redirect leaves the page. What has failed is found in the log by its id.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (itself(ctx) || [409, 422].includes(status) || ctx.hx.redirect) return;
  const reason = words[status] ?? words.status.replace("%(status)s", status);
  const id = status < 500 ? null : ctx.response.headers.get("X-Request-ID");
  failure(ctx, id ? `${reason} ${id}` : reason);
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => ctx && !itself(ctx) && failure(ctx, words.offline));

document.addEventListener("say", ({ detail }) => say(words[detail]));

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-close], [data-copy], [data-dialog]");
  if (!button) return;
  if ("close" in button.dataset) button.closest(".msg").remove();
  if (button.dataset.dialog) document.getElementById(button.dataset.dialog)?.showModal();
  if (button.dataset.copy) await copy(button);
});

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return say(words.notCopied); // browsers let only pages over HTTPS, or of this machine
  }
  const icon = button.querySelector("svg");
  if (!icon) return; // it says so still
  button.replaceChildren(words.copied);
  setTimeout(() => button.replaceChildren(icon), 1500);
}
