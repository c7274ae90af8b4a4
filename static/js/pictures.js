// The exact numbers at the pointer: they are read from the table under the picture, which has them from
// the server, to the last digit.

const PICTURE = "[data-picture] > svg";
let usual = null; // what is said where nothing is pointed at

// Where a picture has steps, what was last holds on.
function rowAt(drawing, place) {
  const rows = [...drawing.parentElement.querySelectorAll(".points [data-place]")];
  const steps = "steps" in drawing.dataset;
  return rows.findLast(({ dataset }) => (steps ? Number(dataset.place) <= place : Number(dataset.place) === place));
}

const text = (cell) => cell.textContent.replace(/\s+/g, " ").trim();

function said(row) {
  const names = [...row.closest("table").tHead.rows[0].cells].map(text);
  const cells = [...row.cells].map(text);
  return cells.flatMap((value, n) => (value ? [n ? `${names[n]} ` : "", Object.assign(document.createElement(n ? "b" : "span"), { textContent: value }), "  "] : []));
}

function read({ target, clientX }) {
  const svg = target.closest?.(PICTURE);
  if (!svg) return;
  const drawing = svg.parentElement;
  const reading = drawing.querySelector(".reading");
  if (usual?.reading !== reading) usual = { reading, nodes: [...reading.childNodes] };
  const { left, width } = svg.getBoundingClientRect();
  const row = rowAt(drawing, Math.floor(((clientX - left) / width) * Number(drawing.dataset.picture)) + 1);
  const line = svg.querySelector(".pointer");
  for (const end of ["x1", "x2"]) line.setAttribute(end, clientX - left);
  line.setAttribute("visibility", "visible");
  reading.replaceChildren(...(row ? said(row) : [drawing.dataset.steps ?? ""]));
}

function leave({ target }) {
  if (!target.matches?.(PICTURE) || !usual?.reading.isConnected) return;
  target.querySelector(".pointer").setAttribute("visibility", "hidden");
  usual.reading.replaceChildren(...usual.nodes);
  usual = null;
}

document.addEventListener("pointermove", read);
document.addEventListener("pointerdown", read);
document.addEventListener("pointerleave", leave, true);
