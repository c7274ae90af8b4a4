// One hand on the keyboard: j and k go through the rows, a letter opens an editor of the row.

const ROW = ".tx tbody tr, .pairs > li";
const rows = () => [...document.querySelectorAll(ROW)];
const at = () => rows().find((row) => row.matches(".at")) ?? document.activeElement.closest?.(ROW);
const writing = (target) => target.closest?.("input, textarea, select, dialog, .editor, [popover]:popover-open");

function go(step) {
  const all = rows();
  const from = all.indexOf(at());
  const row = all[from < 0 ? 0 : Math.max(0, Math.min(all.length - 1, from + step))];
  if (!row) return;
  for (const other of all) other.classList.toggle("at", other === row);
  row.querySelector(".open").focus();
  row.scrollIntoView({ block: "nearest" });
}

// The row's own, or those of the page that shows one transaction.
const its = (key) => (at() ?? document.getElementById("transaction"))?.querySelector(`[data-key="${key}"]`);
// Where rows are selected, a letter means all of them.
const ofAll = (key) => document.querySelector(".tx .select input[name]:checked") && document.querySelector(`#bulk [data-bulk="${key}"]`);
const act = (key) => (ofAll(key) ?? its(key))?.click();

function review() {
  const all = ofAll("r");
  act("r");
  if (!all && document.querySelector(".tx") && !document.querySelector(".editor")) go(1);
}

// Of the selected rows; without any, of this one.
function edit() {
  const none = !document.querySelector(".tx .select input[name]:checked");
  if (none) its("x")?.click();
  if (!none || its("x")) document.getElementById("bulk")?.requestSubmit();
}

function undo() {
  const button = its("u") ?? [...document.querySelectorAll(".msgs button.undo")].at(-1);
  const last = document.getElementById("undo");
  if (button) button.click();
  else if (last) {
    last.elements.next.value = location.pathname + location.search;
    last.requestSubmit();
  } else document.dispatchEvent(new CustomEvent("say", { detail: "noUndo" }));
}

// Tab goes on from there.
function open(summary) {
  summary?.focus();
  summary?.click();
}

const does = {
  j: () => go(1),
  k: () => go(-1),
  Enter: () => at()?.querySelector(".open").click(),
  "/": () => document.getElementById("q")?.focus(),
  f: () => document.querySelector(".filter > summary")?.click(),
  v: () => open(document.querySelector(".views-menu > summary")),
  r: review,
  e: edit,
  u: undo,
  "?": () => document.getElementById("keys")?.showModal(),
};
for (const key of ["l", "c", "n", "t", "h", "x", "a"]) does[key] = () => act(key);

// The letter that is printed on the key, where it writes another alphabet.
const letter = ({ key, code, shiftKey }) => (key > "\x7f" && !shiftKey && code.startsWith("Key") ? code[3].toLowerCase() : key);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
  const key = letter(event);
  if (writing(event.target) || !does[key] || (event.repeat && key === "u")) return;
  if (key === "Enter" && event.target !== document.body) return;
  event.preventDefault();
  does[key]();
});

document.addEventListener("keydown", ({ key, target, defaultPrevented }) => {
  if (key === "Escape" && target.id === "q" && !defaultPrevented) target.blur();
});

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest(ROW);
  for (const other of rows()) other.classList.toggle("at", other === row);
});

// A click anywhere in a row opens it, unless it was meant for something else.
document.addEventListener("click", (event) => {
  const row = event.target.closest(".tx tbody tr");
  if (!row || event.defaultPrevented || event.target.closest("a, button, input, label, .editor, .tools")) return;
  if (!getSelection().isCollapsed || document.querySelector(".editor")) return;
  row.querySelector(".open").click();
});

// htmx begins with a timer; until then a key would send a form as the browser does, and the page
// would come anew without the place where somebody was. Then it need not go through the page, which
// holds it up: of each of the hundreds of links in rows it would ask whether that is boosted.
for (const each of document.querySelectorAll("[hx-get], [hx-post], [hx-boost]")) htmx.process(each);
const isDone = (event) => {
  if (event.target === document.body) event.preventDefault();
};
document.addEventListener("htmx:before:process", isDone);
setTimeout(() => document.removeEventListener("htmx:before:process", isDone));
