// The open page follows the database. The stream says that something has changed, never what: the page
// asks for its own URL again and what has changed is morphed in. What somebody is writing stays; rows
// do not move under the pointer. Without the stream the page polls every 30 s.

const REGION = "#transactions, #transaction, [data-region]";
const WRITTEN = ".editor, .naming.used"; // what somebody may not have saved
const pill = document.getElementById("live-status");
const note = document.getElementById("as-of");
const region = () => document.querySelector(REGION);
// ms
const POLL = 30_000;
const SILENCE = 12_000; // heartbeats come every 5 s at the latest
const GRACE = 1_500; // a stream that is back so soon is not worth a word
const JITTER = 20; // requests at the same time are coalesced: see live/coalescing.py
const LONGEST_PAUSE = 3_000;
const SLOW = 2_000; // what may be some seconds old: exact totals, names in the filter

let source = null;
let attempts = 0;
let fresh = new Date(); // what is shown is not older than this
let dirty = false;
let running = false;
let listening = false; // the stream's server listens to the database
let idleUntil = 0; // when the last refresh ended as long ago as it took: many changes do not mean many more
let failedRefreshes = 0; // refreshes in a row that showed nothing
const timers = {};

function after(name, delay, act) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(act, delay);
}

// --- The stream ---

function connect() {
  if (source || document.hidden) return;
  source = new EventSource(pill.dataset.url + since());
  for (const name of ["current", "resync", "change", "progress", "beat"]) source.addEventListener(name, onEvent);
  source.addEventListener("away", onAway);
  source.onerror = onLost;
  after("silence", SILENCE, onLost);
}

// The first stream says whether anything was missed since the page was read; the page does not know
// since when a later one misses.
function since() {
  const { snapshot } = pill.dataset;
  delete pill.dataset.snapshot;
  return snapshot ? `?snapshot=${snapshot}` : "";
}

function onEvent({ type }) {
  attempts = 0;
  after("silence", SILENCE, onLost);
  if (type === "beat" || (type === "progress" && !document.querySelector("[data-progress]"))) return;
  timers.reconnecting = clearTimeout(timers.reconnecting);
  timers.poll = clearTimeout(timers.poll);
  if (type === "change" || type === "progress") return markDirty();
  listening = true;
  if (type === "resync") resync();
  showState("live");
}

// The stream is open, but its server does not listen to the database: the page polls.
function onAway() {
  listening = false;
  showState("reconnecting");
  markDirty();
  poll();
}

// A server on this machine is there without any network, too.
function onLost() {
  close();
  if (!timers.reconnecting) timers.reconnecting = setTimeout(() => showState("reconnecting"), GRACE);
  if (navigator.onLine === false) showState("offline");
  after("connect", backoff(attempts++), connect);
  poll();
}

const backoff = (times) => Math.min(LONGEST_PAUSE, 250 * 2 ** times) * (0.5 + Math.random() / 2);

function close() {
  source?.close();
  source = null;
  listening = false;
  clearTimeout(timers.silence);
  clearTimeout(timers.connect);
}

function poll() {
  timers.poll ??= setTimeout(() => {
    timers.poll = undefined;
    markDirty();
    poll();
  }, POLL);
}

function showState(state) {
  if (state !== "reconnecting") timers.reconnecting = clearTimeout(timers.reconnecting);
  if (state === "reconnecting" && pill.dataset.state === "offline") return;
  const clock = fresh.toTimeString().slice(0, 5);
  pill.dataset.state = state;
  pill.hidden = false;
  for (const icon of pill.querySelectorAll("svg")) icon.toggleAttribute("hidden", icon.dataset.of !== state);
  pill.querySelector("span").textContent = pill.dataset[state].replace("%(time)s", clock);
  note.hidden = state !== "offline";
  note.querySelector("span").textContent = note.dataset.text.replace("%(time)s", clock);
}

// --- Asking again ---

function markDirty() {
  dirty = true;
  scheduleRefresh();
}

// After a while in which the page may have missed anything, and what is under way may never end.
function resync() {
  idleUntil = failedRefreshes = 0;
  timers.refresh = clearTimeout(timers.refresh);
  if (running) pill.dispatchEvent(new Event("htmx:abort"));
  markDirty();
}

function scheduleRefresh(delay = 0) {
  if (running || !dirty || document.hidden) return;
  timers.refresh ??= setTimeout(refresh, Math.max(idleUntil - performance.now(), delay) + Math.random() * JITTER);
}

async function refresh() {
  timers.refresh = undefined;
  if (!region() || !dirty || document.hidden) return;
  const began = new Date();
  const start = performance.now();
  dirty = false;
  running = true;
  shown = false;
  asked = location.href;
  await htmx.ajax("GET", asked, {
    source: pill,
    target: region(),
    swap: "outerMorph",
    headers: { Live: keepsRows() ? rows().map((row) => row.id.slice(1)).join(",") : "all" },
  });
  running = false;
  if (shown) {
    const ended = performance.now();
    idleUntil = ended + Math.min(2 * POLL, ended - start);
    fresh = began;
    failedRefreshes = 0;
    if (pill.dataset.state === "offline") {
      pill.dataset.state = "";
      showState(listening ? "live" : "reconnecting");
    }
    document.dispatchEvent(new Event("refreshed"));
    refreshTotals();
    scheduleRefresh();
  } else {
    dirty = true;
    scheduleRefresh(backoff(failedRefreshes++));
  }
}

// Totals of however many rows, and the filter's names of what is chosen in it, cost as much as the
// page: they follow a little later, and once for many changes.
function refreshTotals() {
  behind = true;
  timers.totals ??= setTimeout(async () => {
    const start = performance.now();
    behind = false;
    region()?.dispatchEvent(new CustomEvent("saved"));
    if (document.querySelector("#filter .on") && !document.querySelector("#filter :focus, #filter details[open]"))
      await htmx.ajax("GET", location.href, { source: note, target: "#filter", select: "#filter", swap: "outerMorph", headers: { Live: "all" } });
    timers.totals = undefined;
    slow = Math.max(SLOW, 5 * (performance.now() - start));
    if (behind) refreshTotals();
  }, slow);
}
let slow = SLOW;
let behind = false;

// Whether new rows would move what somebody looks at or points to.
const rows = () => [...document.querySelectorAll(".tx tbody tr[id]")];
function keepsRows() {
  const table = document.querySelector(".tx");
  if (!table) return false;
  const older = Number(new URLSearchParams(location.search).get("page") ?? 1) !== 1;
  return older || table.getBoundingClientRect().top < 0 || table.matches(":hover, :focus-within, :has(:checked)");
}

// --- What comes ---

let shown = false;
let asked = "";
const isRefresh = (ctx) => ctx.sourceElement === pill;
const changedCells = [];

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (!isRefresh(ctx) || !ctx.response.raw.ok) return;
  // Somebody has gone on meanwhile: this answers what was asked before.
  if (location.href !== asked || region().querySelector("[inert]")) return event.preventDefault();
  const row = document.querySelector(`:is(${REGION}) :is(tr, li, article)[id]:has(.editor)`);
  if (!row || tasks[0].fragment.getElementById(row.id)) return;
  warn(row.querySelector(".editor"));
  if (!row.matches("tr") || !keepRow(row, tasks[0].fragment)) event.preventDefault();
});
// Who is logged out meanwhile and has not saved is not sent away from what he has written.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (isRefresh(ctx) && ctx.response.status === 401 && document.querySelector(WRITTEN)) event.preventDefault();
});

// A row that is being written in stays where it is, even if the list has lost it.
function keepRow(row, fragment) {
  const before = [...document.querySelectorAll("tr[id]")].map(({ id }) => id);
  const above = before.slice(0, before.indexOf(row.id)).findLast((id) => fragment.getElementById(id));
  const bodies = fragment.querySelectorAll("tbody:has(tr[id])");
  if (!bodies.length) return false;
  const body = bodies[0].cloneNode(false);
  body.append(row.cloneNode(true));
  if (above) fragment.getElementById(above).closest("tbody").after(body);
  else bodies[0].before(body);
  return true;
}

const plain = (node) => {
  if (!node.querySelector(".editor")) return node.textContent.replace(/\s+/g, " ").trim();
  const copy = node.cloneNode(true);
  for (const editor of copy.querySelectorAll(".editor")) editor.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
};

function warn(editor) {
  if (editor.querySelector(".meanwhile, .conflict-head")) return;
  const said = Object.assign(document.createElement("p"), { className: "meanwhile" });
  said.setAttribute("role", "status");
  said.textContent = pill.dataset.meanwhile;
  // Where it moves no button that is being pressed: an editor that stands on its lower edge grows upwards.
  const { top } = editor.getBoundingClientRect();
  editor.append(said);
  if (editor.getBoundingClientRect().top !== top) editor.prepend(said);
}

// A name that is being typed, or came back with a reason.
const NAMING = "#panel:has(.naming.used, .naming .conflict-head, .naming [role=alert])";

// A message belongs to whoever has just saved; menus, the row of the keys and a name that is not
// saved yet stay as they are.
htmx.registerExtension("live", {
  htmx_before_morph_node: (node, { oldNode = node, newNode }) => {
    if (node.matches("details[open]")) newNode.setAttribute("open", "");
    if (node.matches("#filter .choices, #filter > .search")) return false; // read when it is used
    if (node.matches(":is(tr, li).at")) newNode.classList.add("at");
    if (!running) return true;
    if (node.id === "messages" || node.matches(`dialog, :popover-open, ${NAMING}`)) return false;
    const editor = node.querySelector(":scope > .editor");
    if (editor && plain(node) !== plain(newNode)) warn(editor);
    if (node.dataset.version && node.dataset.version !== newNode.dataset.version && node.querySelector(".editor")) warn(node.querySelector(".editor"));
    if (node.matches("td") && plain(node) !== plain(newNode)) changedCells.push(node);
    return true;
  },
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!isRefresh(ctx)) return;
  shown = ctx.response.raw.ok;
  for (const cell of changedCells.splice(0)) {
    cell.classList.add("touched");
    cell.addEventListener("animationend", () => cell.classList.remove("touched"), { once: true });
  }
});

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (isRefresh(ctx) && [403, 404].includes(ctx.response.status) && !document.querySelector(WRITTEN)) location.reload();
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => ctx && isRefresh(ctx) && showState("offline"));
// A save ends the refresh that is under way, and brings the page that it leads to.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => isRefresh(ctx) || scheduleRefresh());

// --- When ---

// The browser's back/forward cache brings old pages back in spite of no-store.
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted && !document.querySelector(WRITTEN)) location.reload();
});

if (pill && region()) {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return close();
    resync();
    connect();
  });
  window.addEventListener("online", () => {
    attempts = 0;
    close();
    resync();
    connect();
  });
  window.addEventListener("offline", onLost);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    resync();
    connect();
  });
  poll();
  connect();
}
