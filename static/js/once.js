// A form that is on its way is not sent again by a second click: what takes long would be written twice.
// Those that htmx sends are none of ours.

const LONGEST = 5_000; // ms; by then the browser was stopped, or stays where it is
let sent = new WeakMap(); // when, by the form, or by its button where that means something of its own

document.addEventListener("submit", (event) => {
  const by = event.submitter?.matches("[name], [formaction]") ? event.submitter : event.target;
  if (event.defaultPrevented || event.target.getAttribute("method") !== "post") return;
  if (event.timeStamp - sent.get(by) < LONGEST) event.preventDefault();
  else sent.set(by, event.timeStamp);
});

// Who has come back means it.
window.addEventListener("pageshow", () => (sent = new WeakMap()));
