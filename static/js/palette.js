// The palette: Ctrl-K or the magnifier opens it over every page of a ledger. The server says what
// there is; only what was found for what stands in the field now is ever gone to.

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = () => document.getElementById("palette-list");
const options = () => [...list().querySelectorAll("[role=option]")];
const marked = () => list().querySelector("[aria-selected=true]");
const current = () => list().dataset.q === input.value.trim().replace(/\s+/g, " ");
let waiting = false; // Enter was pressed before the list had come
let chosen = ""; // where the arrows have led since the last letter

function open() {
  if (dialog.open) return;
  waiting = false;
  chosen = "";
  dialog.showModal();
  input.select();
  input.dispatchEvent(new Event("opened"));
}

function mark(option) {
  marked()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function move(step) {
  const all = options();
  mark(all.at((all.indexOf(marked()) + step) % all.length));
  chosen = marked()?.href;
}

function go() {
  waiting = !current();
  if (waiting || !marked()) return;
  dialog.close();
  location.assign(marked().href);
}

function key(event) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Enter") go();
  else return;
  event.preventDefault();
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    const isK = event.key.toLowerCase() === "k" || (event.key > "\x7f" && event.code === "KeyK"); // as in keys.js
    if (!isK || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-palette]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("keydown", key);
  input.addEventListener("input", () => {
    waiting = false;
    chosen = "";
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!dialog.open) return;
    const still = options().find(({ href }) => href === chosen);
    if (still || !marked()) mark(still ?? options()[0]);
    if (waiting) go();
  });
  // A click beside it is one on the dialog itself.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
}
