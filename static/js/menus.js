// Menus are details elements and work without this: here they close by Esc and by a click
// elsewhere, their lists are searched, and empty fields of the filter stay out of the URL.

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

document.addEventListener("toggle", ({ target }) => {
  if (target.open && matchMedia("(hover: hover)").matches) target.querySelector?.("[data-find]")?.focus();
}, true);

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-find]")) return;
  const wanted = target.value.trim().toLowerCase();
  for (const box of choices(target)) {
    const choice = box.closest("label");
    choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
  }
});

// Enter in the search of a list takes the only one left; otherwise it sends the form as it stands.
document.addEventListener("keydown", ({ key, target }) => {
  if (key !== "Enter" || !target.matches?.("[data-find]") || !target.value.trim()) return;
  const shown = [...choices(target)].filter((box) => !box.closest("label").hidden);
  if (shown.length === 1) shown[0].checked = true;
});

document.addEventListener("formdata", ({ target, formData }) => {
  if (target.id !== "filter") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
