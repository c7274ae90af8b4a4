// The box in the head selects all rows of the page, and says whether all are, or some; a reset leaves
// none selected; the bar says how many are. On the page of many at once a name chooses its act.

const boxes = () => [...document.querySelectorAll(".tx td.select input")];

function count() {
  const all = document.querySelector("[data-all]");
  const said = document.querySelector("[data-selected]");
  const n = boxes().filter((box) => box.checked).length;
  if (said) said.textContent = n;
  if (!all) return;
  all.checked = n > 0 && n === boxes().length;
  all.indeterminate = n > 0 && !all.checked;
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches(".tx .select input")) return;
  if (target.matches("[data-all]")) for (const box of boxes()) box.checked = target.checked;
  count();
});

// Who names something means what stands above it.
document.addEventListener("input", ({ target }) => {
  if (target.matches(".acts-choice :is(.form-control, .form-select)") && target.value)
    document.querySelector(`.acts-choice [name=do][value=${target.name}]`).checked = true;
});

document.addEventListener("reset", ({ target }) => {
  if (target.id === "bulk") setTimeout(count); // the boxes are reset after this event
});

document.addEventListener("htmx:after:swap", count);
count();
