// The exact numbers at the pointer: they are read from the table under the picture, which has them from
// the server, to the last digit.

const PICTURE = "[data-picture] > svg";
let usual = null; // what is said where nothing is pointed at

function row(figure, place) {
  const rows = [...figure.parentElement.querySelectorAll(".points [data-place]")];
  return rows.findLast((each) => Number(each.dataset.place) <= place);
}

function read({ target, clientX }) {
  const svg = target.closest?.(PICTURE);
  if (!svg) return;
  const figure = svg.parentElement;
  const reading = figure.querySelector(".reading");
  if (usual?.reading !== reading) usual = { reading, nodes: [...reading.childNodes] };
  const { left, width } = svg.getBoundingClientRect();
  const place = Math.floor(((clientX - left) / width) * Number(figure.dataset.picture)) + 1;
  const line = svg.querySelector(".pointer");
  line.setAttribute("x1", clientX - left);
  line.setAttribute("x2", clientX - left);
  line.setAttribute("visibility", "visible");
  const [when, ...numbers] = row(figure, place)?.cells ?? [];
  const value = document.createElement("b");
  value.textContent = numbers[0]?.textContent.trim() ?? reading.dataset.before;
  const said = document.createElement("span");
  said.className = "sub";
  said.textContent = when?.textContent.trim() ?? "";
  const range = document.createElement("span");
  range.className = "sub";
  range.textContent = numbers[1]?.textContent.trim() ? ` ${numbers[1].textContent.trim()} … ${numbers[2].textContent.trim()}` : "";
  reading.replaceChildren(said, " ", value, range);
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
