// The box in the head selects all rows of the page; a reset leaves none selected; the bar says how
// many are.

const boxes = () => [...document.querySelectorAll(".tx td.select input")];

function count() {
  const said = document.querySelector("[data-selected]");
  if (said) said.textContent = boxes().filter((box) => box.checked).length;
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches(".tx .select input")) return;
  if (target.matches("[data-all]")) for (const box of boxes()) box.checked = target.checked;
  count();
});

document.addEventListener("reset", ({ target }) => {
  if (target.id !== "bulk") return;
  const all = document.querySelector("[data-all]");
  if (all) all.checked = false;
  setTimeout(count); // the boxes are reset after this event
});

document.addEventListener("htmx:after:swap", count);
count();
