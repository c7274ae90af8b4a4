// Unidentified by keyboard: j and k go through the list and the panel beside it follows; c names,
// h hides, and what is saved leads to the next one. Without this the rows are links and the panel
// a form. A panel answers only for the row that is chosen: until it is there, nothing can be sent.
// A name that is written is saved, or left with Esc, before anything else takes its place.

const REGION = "#transactions";
const rows = () => [...document.querySelectorAll(".strangers tbody tr")];
const chosen = () => document.querySelector(".strangers tr.chosen");
const panel = () => document.getElementById("panel");
const field = () => panel()?.querySelector("input.form-control");
const key = (row) => row?.id.slice(1);
let naming = false; // whether the next panel takes the focus into its field
let asked = null;

const refused = () => panel()?.querySelector(".naming :is(.conflict-head, [role=alert])");
// What came back with a reason is not saved either.
const saved = () => (refused() ? "" : field().defaultValue);
const unsaved = () => field() && field().value.trim() !== saved();

function refuse() {
  const form = panel().querySelector(".naming");
  form.classList.remove("refused");
  void form.offsetWidth; // starts the animation anew
  form.classList.add("refused");
  field().focus();
  document.dispatchEvent(new CustomEvent("say", { detail: "unsaved" }));
}

function leave() {
  field().value = field().defaultValue;
  naming = false;
  chosen().querySelector(".open").focus({ preventScroll: true });
  show(chosen().querySelector(".open"));
}

function choose(row, name) {
  if (row && key(row) !== panel().dataset.at && unsaved()) return refuse();
  naming = name;
  if (!row) return;
  if (!name) row.querySelector(".open").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (row !== chosen()) mark(row);
  if (key(row) === panel().dataset.at) settle();
  else show(row.querySelector(".open"));
}

function mark(row) {
  for (const other of rows()) {
    other.classList.toggle("chosen", other === row);
    other.querySelector(".open").toggleAttribute("aria-current", other === row);
  }
}

async function show(link) {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  panel().inert = true;
  panel().classList.add("busy");
  try {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
    const answer = await fetch(link.dataset.panel, { headers, signal });
    if (!answer.ok) return location.assign(link.href);
    const html = await answer.text();
    if (signal.aborted) return;
    panel().outerHTML = html;
    htmx.process(panel());
    settle();
  } catch (error) {
    if (error.name !== "AbortError") location.assign(link.href);
  }
}

// The panel is that of the chosen row.
function settle() {
  history.replaceState(history.state, "", chosen()?.querySelector(".open").href ?? location.href);
  if (!naming) return;
  field()?.focus();
  field()?.select();
}

function go(step, name) {
  const all = rows();
  const at = all.indexOf(chosen());
  choose(all[Math.max(0, Math.min(all.length - 1, at + step))], name);
}

const ready = () => panel() && !panel().inert && key(chosen()) === panel().dataset.at;
const typing = ({ target }) => target.closest?.("input, textarea, select, dialog, [popover]:popover-open");
const does = {
  j: () => go(1),
  k: () => go(-1),
  c: () => choose(chosen(), true),
  h: () => ready() && panel().querySelector("[id^=spam]")?.requestSubmit(),
};

// As in keys.js.
const letter = ({ key, code, shiftKey }) => (key > "\x7f" && !shiftKey && code.startsWith("Key") ? code[3].toLowerCase() : key);

document.addEventListener("keydown", (event) => {
  if (!chosen() || event.ctrlKey || event.metaKey || event.isComposing) return;
  const inField = event.target === field();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && (event.altKey || event.target.closest?.(".strangers"))) go(step, inField);
  else if (event.key === "Escape" && unsaved() && (inField || !typing(event))) leave();
  else if (event.key === "Escape" && inField) choose(chosen(), false);
  else if (!event.altKey && !typing(event) && does[letter(event)]) does[letter(event)]();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation(); // keys.js has rows of its own
}, true);

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = event.target.closest(".strangers tbody tr");
  const skip = event.target.closest("[data-skip]");
  if (skip && chosen()?.nextElementSibling) go(1, true);
  else if (row) choose(row, true);
  else return;
  event.preventDefault();
});

// Suggestions are asked for and shown only where somebody is about to type, and then they stay: the
// buttons below must not move from under a finger.
document.addEventListener("focusin", ({ target }) => {
  if (target !== field()) return;
  target.closest(".naming").classList.add("used");
  if (target.getAttribute("role") === "combobox") return;
  document.dispatchEvent(new CustomEvent("editor", { detail: panel() }));
});

// Whatever else is sent brings another panel.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (request.method === "GET" || sourceElement.matches?.(".naming > [id^=name]") || !unsaved()) return;
  event.preventDefault();
  refuse();
});

// A save is under way: nothing typed now would reach it.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (!form.matches?.("#panel form")) return;
  naming = form.contains(document.activeElement);
  panel().inert = true;
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches?.("#panel form") && panel()) panel().inert = false;
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!panel() || !chosen() || ctx.sourceElement.id === "live-status" || !ctx.target.matches?.(REGION)) return;
  if (naming) settle();
  else choose(chosen(), false);
});

// It took the place of the form that was sent, whose events end with it.
document.addEventListener("htmx:after:process", ({ target }) => {
  if (target !== panel() || !chosen() || !refused()) return;
  naming = true;
  settle();
});

window.addEventListener("beforeunload", (event) => {
  if (chosen() && unsaved()) event.preventDefault();
});
