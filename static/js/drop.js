// Files dropped anywhere on a page that has the form #drop are uploaded by it.

const form = document.getElementById("drop");
const hasFiles = (event) => form && [...(event.dataTransfer?.types ?? [])].includes("Files");
let inside = 0;

const show = (on) => document.body.classList.toggle("dropping", on);

document.addEventListener("dragenter", (event) => {
  if (hasFiles(event)) show(Boolean((inside += 1)));
});

document.addEventListener("dragleave", (event) => {
  if (hasFiles(event)) show((inside = Math.max(0, inside - 1)) > 0);
});

document.addEventListener("dragover", (event) => {
  if (hasFiles(event)) event.preventDefault(); // else the browser opens the file
});

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  show(Boolean((inside = 0)));
  form.querySelector("[type=file]").files = event.dataTransfer.files;
  form.submit();
});
