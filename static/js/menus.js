// Menus are details elements and work without this: here they close by Esc and by a click
// elsewhere, their lists are read when they are opened and searched, and empty fields of the filter
// stay out of the URL.

const open = () => document.querySelectorAll("details:is(.menu, .all-totals)[open]");

document.addEventListener("click", ({ target }) => {
  for (const menu of open()) if (!menu.contains(target) || target.closest("a[data-key]")) menu.open = false;
  const clear = target.closest("[data-clear]");
  if (clear) for (const box of choices(clear)) box.checked = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
  }
});

const choices = (inside) => inside.closest(".panel").querySelectorAll(".choices input");

// What a menu offers is read anew each time that it is opened; what is chosen in it stays.
const read = (menu) => menu.querySelector("[hx-trigger=opened]")?.dispatchEvent(new Event("opened"));
// Until then it has a link in the place of what is not chosen.
const unread = (inside) => inside.closest(".panel").querySelector(".choices > .rest");

let waiting = null; // the search in which Enter was pressed before

document.addEventListener("toggle", ({ target }) => {
  waiting = null;
  if (!target.open || !target.matches("details")) return;
  for (const kept of target.querySelectorAll("template")) kept.replaceWith(kept.content);
  read(target);
  if (matchMedia("(hover: hover)").matches) target.querySelector("[data-find]")?.focus();
}, true);

// The open page has asked again (live.js), and so does an open menu.
document.addEventListener("refreshed", () => {
  document.querySelectorAll("details.filter[open]").forEach(read);
  document.querySelector("details[open] .views")?.dispatchEvent(new Event("again"));
});

// Columns change places without a request; without scripts these buttons lead to a page.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  if (button.dataset.move === "up") item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  button.focus();
});

function find(field) {
  const wanted = field.value.trim().toLowerCase();
  for (const box of choices(field)) {
    const choice = box.closest("label");
    choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
  }
}

document.addEventListener("input", ({ target }) => target.matches("[data-find]") && find(target));

function takeOnlyOne(field) {
  const shown = [...choices(field)].filter((box) => !box.closest("label").hidden);
  if (shown.length === 1) shown[0].checked = true;
}

// Enter in the search of a list takes the only one left; otherwise it sends the form as it stands.
// It waits for a list that is still being read.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !field.matches?.("[data-find]") || !field.value.trim()) return;
  if (!unread(field)) return takeOnlyOne(field);
  event.preventDefault();
  waiting = field;
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const field = ctx.sourceElement.matches?.(".choices") && ctx.sourceElement.closest(".panel").querySelector("[data-find]");
  if (!field) return;
  find(field);
  if (waiting !== field || unread(field)) return; // an earlier one that a later one has ended
  waiting = null;
  takeOnlyOne(field);
  field.form.requestSubmit();
});

document.addEventListener("formdata", ({ target, formData }) => {
  if (target.matches(".columns")) formData.set("columns", formData.getAll("columns").join());
  if (target.id !== "filter") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
