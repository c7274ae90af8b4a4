// Editors in place. htmx brings them and sends them; here: one at a time, nothing written is lost,
// Esc leaves, Enter saves, the focus comes back to where it was, and a row that leaves fades.

const REGION = "#transactions, #transaction, [data-region]";
const BAR = 52; // px, the height of the bar above
const SUGGESTIONS = 200; // px, what a list of them adds to an editor
const openers = "a[data-key]";
const current = () => document.querySelector(`:is(${REGION}) .editor`);
const started = new WeakMap();
let back = null;
// Where the focus comes back to: the button that opened the editor, or the menu that it stands in.
const cameFrom = () => {
  const link = document.getElementById(back);
  return link?.closest("details:not([open])")?.querySelector("summary") ?? link;
};

const written = (editor) => new URLSearchParams(new FormData(editor.querySelector("form"))).toString();
const busy = (editor) => editor.querySelector("form").getAttribute("aria-busy") === "true";
const unsaved = (editor) => busy(editor) || started.get(editor) !== written(editor);

function leave(editor) {
  editor.remove();
  // What somebody else saved is not on this page yet.
  if (editor.matches(".conflict")) htmx.ajax("GET", location.href, { target: REGION, swap: "outerMorph" });
  cameFrom()?.focus();
}

function refuse(editor) {
  editor.classList.remove("refused");
  void editor.offsetWidth; // starts the animation anew
  editor.classList.add("refused");
  editor.querySelector(".form-control, :checked")?.focus();
  document.dispatchEvent(new CustomEvent("say", { detail: "unsaved" }));
}

// Closes what is open, unless something in it is not saved.
function closed() {
  const editor = current();
  if (!editor) return true;
  if (unsaved(editor)) refuse(editor);
  else editor.remove();
  return !editor.isConnected;
}

// htmx focuses what has it again whenever something around it is swapped, as when the page follows.
document.addEventListener("focusin", ({ target }) => target.removeAttribute("autofocus"));

// One listener for all rows: attributes of htmx on five links of each row would be half the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest(openers);
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (closed()) open(link);
});

// What is typed while an editor is on its way is meant for its field, and is no command.
let early = null;

async function open(link) {
  const typed = (early = []);
  await htmx.ajax("GET", link.href, { source: link, target: link.closest("td, .part"), swap: "beforeend" });
  if (early === typed) early = null;
  if (current()) for (const key of typed) type(key);
}

// As if it were typed now.
function type(key) {
  if (key.length === 1) document.execCommand("insertText", false, key);
  else document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!early || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target.closest?.("input, textarea, select, dialog") || !(key.length === 1 || ["Enter", "Escape"].includes(key))) return;
  early.push(key);
  event.preventDefault();
  event.stopImmediatePropagation(); // nothing else hears it
}, true);

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  const editor = sourceElement.closest(".editor");
  const saves = editor?.querySelector("form") === sourceElement; // it may have others, which close it as well
  if (!saves && request.method !== "GET" && current() && unsaved(current())) {
    event.preventDefault();
    return refuse(current());
  }
  if (!editor || sourceElement.tagName !== "FORM") return;
  if (busy(editor)) event.preventDefault();
  else lock(sourceElement, true);
});

// While a save is under way its text stands still: typed now, it would be lost with the answer.
function lock(form, on) {
  form.setAttribute("aria-busy", on);
  for (const field of form.querySelectorAll("textarea, input:not([type=hidden])")) field.readOnly = on;
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches?.(".editor form")) lock(ctx.sourceElement, false);
});

document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  const region = tasks[0]?.target?.matches?.(REGION) && ctx.response.raw.ok;
  if (!region) return;
  const editor = current();
  if (editor?.contains(ctx.sourceElement)) editor.remove();
  if (ctx.sourceElement.id === "live-status" || !fade(tasks[0])) return;
  tasks[0].swapSpec.swap = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180;
});

// An answer that the editor did not ask for leaves its cell as it is.
htmx.registerExtension("keep", { htmx_before_morph_node: (cell) => !cell.lastElementChild?.matches(".editor") });

function fade({ target, fragment }) {
  const gone = [...target.querySelectorAll("tr[id]")].filter((row) => !fragment.getElementById(row.id));
  for (const row of gone) row.classList.add("leaving");
  return gone.length;
}

document.addEventListener("htmx:after:settle", ({ detail: { newContent } }) => {
  const editor = newContent.find((node) => node.matches?.(".editor"));
  if (editor) place(editor);
});

// A second answer to a double click, or one that comes late; and an editor near the lower edge of the window.
function place(editor) {
  const others = [...document.querySelectorAll(`:is(${REGION}) .editor`)].filter((other) => other !== editor);
  const unfinished = others.find(unsaved);
  if (unfinished) {
    editor.remove();
    return refuse(unfinished);
  }
  for (const other of others) other.remove();
  const height = editor.offsetHeight + (editor.querySelector("[data-choose]") ? SUGGESTIONS : 0);
  const cell = editor.parentElement.getBoundingClientRect();
  editor.classList.toggle("up", cell.top + height > innerHeight && height < cell.bottom - BAR);
  // A column may stand at either edge.
  const { left, right } = editor.getBoundingClientRect();
  editor.classList.toggle("to-left", right > document.documentElement.clientWidth);
  editor.classList.toggle("to-right", left < 0);
  document.dispatchEvent(new CustomEvent("editor", { detail: editor }));
  const text = editor.querySelector("textarea");
  text?.setSelectionRange(text.value.length, text.value.length);
  const refused = editor.querySelector(".conflict-head, [role=alert]");
  started.set(editor, refused ? null : written(editor));
}

// After a save the focus goes back to the button of the row, or to the row that took its place. Who
// has gone on to another row meanwhile stays there, also where the row is made anew.
const ROWS = ".tx tbody tr, .pairs > li, [data-region] > :is(ul, ol) > li, .wallets > article";
let rowPlace = 0;
let focused = null;
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  if (tasks[0]?.target?.matches?.(REGION)) focused = document.activeElement?.closest?.(ROWS)?.id;
});
// What opens the row that took the place of one that has left.
const inItsPlace = () => {
  const rows = document.querySelectorAll(ROWS);
  const row = rows[Math.min(rowPlace, rows.length - 1)];
  return row?.querySelector(".open") ?? row?.querySelector("a[href], button, summary");
};
const stays = () => {
  const row = focused && document.getElementById(focused);
  return row && !row.contains(cameFrom()) ? row.querySelector(".open") : null;
};

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const origin = ctx.request.submitter ?? ctx.sourceElement;
  if ("key" in (origin.dataset ?? {})) back = origin.id;
  else if (ctx.request.method !== "GET" && !origin.closest?.(".editor")) back = null;
  const row = origin.closest?.(ROWS);
  if (row) rowPlace = [...document.querySelectorAll(ROWS)].indexOf(row);
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!ctx.target.matches?.(REGION) || !ctx.response.raw.ok) return;
  const followed = ctx.sourceElement.id === "live-status"; // nobody did this
  if (!followed) ctx.target.dispatchEvent(new CustomEvent("saved")); // totals that were read afterwards are old
  if (document.activeElement !== document.body) return;
  const completes = ctx.sourceElement === ctx.target && ctx.request.method === "GET"; // itself, once it is shown
  const done = followed || completes ? null : (cameFrom() ?? inItsPlace() ?? document.getElementById("main"));
  const wanted = stays() ?? done;
  wanted?.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(`:is(${REGION}) [data-leave]`);
  const editor = current();
  if (link) {
    event.preventDefault();
    leave(editor);
  } else if (editor && !editor.contains(event.target) && !event.target.closest(openers) && !unsaved(editor)) {
    editor.remove();
  }
});

document.addEventListener("keydown", (event) => {
  const editor = current();
  if (event.defaultPrevented || event.isComposing || event.target.closest?.("dialog")) return;
  if (event.key === "Escape" && editor && !busy(editor)) {
    event.preventDefault();
    leave(editor);
  }
  const saves = event.target.matches?.(".editor :is([data-enter], [type=radio])") && !event.shiftKey;
  if (event.key === "Enter" && saves) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

window.addEventListener("beforeunload", (event) => {
  const editor = current();
  if (editor && unsaved(editor)) event.preventDefault();
});
