// The box in the head selects all rows of the page; a reset leaves none selected.

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-all]")) return;
  for (const box of document.querySelectorAll(".tx td.select input")) box.checked = target.checked;
});

document.addEventListener("reset", ({ target }) => {
  const all = document.querySelector("[data-all]");
  if (target.id === "bulk" && all) all.checked = false;
});
