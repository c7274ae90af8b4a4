// Choosing by typing, in the editors of labels (many) and contact (one), and words in the search.
// Without this the same fields are checkboxes and a text. Suggestions come from the server; only those for what stands in
// the field now are ever shown or taken.

const words = document.getElementById("words")?.dataset ?? {};
const PATIENCE = 10_000; // ms
let lists = 0;
const sprite = () => document.querySelector("use").getAttribute("href").split("#")[0];

class Choose {
  constructor(root) {
    this.root = root;
    this.many = root.dataset.choose === "many";
    this.late = "late" in root.dataset || root.dataset.choose === "words"; // among other fields: offers something when it has the focus
    this.input = root.querySelector("input.form-control");
    const id = this.late ? `options-${(lists += 1)}` : "options";
    this.list = Object.assign(document.createElement("ul"), { className: "options", id, role: "listbox" });
    this.input.removeAttribute("list"); // what is offered without this
    this.list.setAttribute("aria-label", this.input.labels[0]?.textContent ?? "");
    if (this.many) this.replaceBoxes();
    root.append(this.list);
    const combobox = { role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(combobox)) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays
    this.list.addEventListener("click", ({ target }) => this.take(target.closest("[role=option]")));
    if (this.late) return this.wait();
    if (this.input.value) this.input.select();
    this.suggest();
  }

  wait() {
    this.input.addEventListener("focus", () => this.suggest());
    this.input.addEventListener("blur", () => this.close());
  }

  close() {
    this.asked?.abort();
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
  }

  get text() {
    return this.input.value.trim();
  }

  // The chosen labels become chips in the field, each with the input that is sent.
  replaceBoxes() {
    this.field = Object.assign(document.createElement("div"), { className: "choose" });
    const boxes = this.root.querySelector(".choices");
    const [label] = this.input.labels;
    const legend = boxes.querySelector("legend").textContent;
    boxes.replaceWith(this.field);
    if (this.late) {
      label.textContent = legend;
      this.field.before(label);
    } else {
      label.hidden = true;
      this.input.setAttribute("aria-label", legend);
    }
    this.field.append(this.input);
    for (const box of boxes.querySelectorAll("input:checked")) {
      const chip = box.parentElement.querySelector(".chip");
      this.chip(chip.textContent, chip.classList[1], "label", box.value);
    }
    this.chips(this.text);
    this.input.value = "";
    this.field.addEventListener("click", ({ target }) => {
      if (!this.input.readOnly) target.closest("button")?.closest(".chip").remove();
      this.input.focus();
      this.suggest();
    });
  }

  chip(name, colour, field, value) {
    const chip = document.createElement("span");
    chip.className = `chip ${colour}`;
    chip.dataset.name = name.toLowerCase();
    chip.append(name);
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.setAttribute("aria-label", words.remove.replace("%(name)s", name));
    button.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite()}#x"/></svg>`;
    const sent = Object.assign(document.createElement("input"), { type: "hidden", name: field, value });
    chip.append(button, sent);
    this.input.before(chip);
  }

  // New ones, as they are saved: commas stand between them.
  chips(text) {
    const names = text.split(",").map((name) => name.trim());
    for (const name of names) if (name && !this.chosen(name)) this.chip(name, "gray", "new", name);
  }

  chosen(name) {
    return [...this.root.querySelectorAll(".choose .chip")].find((chip) => chip.dataset.name === name.toLowerCase());
  }

  suggest() {
    this.mark(null); // it was one for other words
    this.asked?.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    this.ready = this.read(this.text, signal).catch(() => false);
    this.ready.then((listed) => listed || signal.aborted || this.close());
  }

  // True when the list is the one for what stands in the field.
  async read(text, signal) {
    const url = new URL(this.root.dataset.suggest, location.href);
    url.searchParams.set("q", text);
    // Not for ever; and the login page is no list.
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]), redirect: "error" });
    if (!answer.ok) return false;
    const html = await answer.text();
    if (signal.aborted || text !== this.text) return false;
    const marked = this.marked?.dataset.name; // while this list was on its way
    this.list.innerHTML = html;
    this.listed = text;
    for (const option of this.options()) if (this.many && this.chosen(option.dataset.name)) option.remove();
    this.options().forEach((option, index) => (option.id = `${this.list.id}-${index}`));
    // What stands below must not move from under a finger.
    this.list.style.minHeight = `${this.late ? 0 : this.list.offsetHeight}px`;
    const same = this.options().find(({ dataset }) => dataset.name === marked);
    if (same) this.mark(same);
    else this.offer(text && this.input.value !== this.input.defaultValue ? this.options()[0] : null);
    this.input.setAttribute("aria-expanded", this.options().length > 0);
    return true;
  }

  offer(option) {
    this.mark(option);
  }

  options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  get marked() {
    return this.list.querySelector("[aria-selected=true]");
  }

  mark(option) {
    this.marked?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  move(step) {
    const options = this.options();
    const at = options.indexOf(this.marked) + step;
    this.mark(options[at < 0 ? options.length - 1 : at % options.length]);
  }

  take(option) {
    if (!option || this.input.readOnly) return;
    const { name, value, colour } = option.dataset;
    if (!this.many) {
      this.input.value = name;
      this.close();
      return;
    }
    if (!value) this.chips(name);
    else if (!this.chosen(name)) this.chip(name, colour, "label", value);
    this.input.value = "";
    this.suggest();
  }

  key(event) {
    if (event.isComposing || this.input.readOnly) return;
    const chip = this.input.previousElementSibling;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") this.enter();
    else if (event.key === "Escape" && this.late && this.options().length) this.close();
    else if (event.key === "Backspace" && this.many && !this.input.value && chip) {
      chip.remove();
      this.suggest();
    } else return;
    event.preventDefault();
  }

  // Waits for the list of what was typed; an empty field, or a chosen contact, is saved.
  async enter() {
    this.saves = this.waiting; // Enter twice in a row, faster than the list comes
    if (this.waiting) return;
    const typed = this.input.value;
    this.waiting = true;
    const listed = !this.text || (await this.ready);
    this.waiting = false;
    if (this.input.value !== typed) return;
    if (!listed) return document.dispatchEvent(new CustomEvent("say", { detail: "noList" }));
    const { marked } = this;
    if (marked) this.take(marked);
    if (marked && this.late) return;
    if (!this.many || !marked || this.saves) this.input.form.requestSubmit();
  }
}

// In the search what stands before the caret is completed. Enter searches, unless an offer was marked.
class Words extends Choose {
  wait() {
    this.input.addEventListener("blur", () => this.close());
  }

  get text() {
    return this.input.value.slice(0, this.input.selectionStart);
  }

  offer() {
    this.mark(null);
  }

  move(step) {
    if (this.options().length) super.move(step);
    else this.suggest();
  }

  take(option) {
    const rest = this.input.value.slice(this.input.selectionStart);
    const { name } = option.dataset;
    this.input.value = name + rest.trimStart();
    this.input.setSelectionRange(name.length, name.length);
    if (name.endsWith(":")) this.suggest();
    else this.close();
  }

  key(event) {
    const first = this.listed === this.text ? this.options()[0] : null; // what is offered for other words is not taken
    const taken = this.marked ?? (event.key === "Tab" ? first : null);
    const takes = event.key === "Enter" || (event.key === "Tab" && !event.shiftKey);
    if (takes && taken && !event.isComposing) {
      this.take(taken);
      event.preventDefault();
    } else if (!["Enter", "Backspace"].includes(event.key)) super.key(event);
  }
}

const start = (inside) => inside.querySelectorAll("[data-choose]").forEach((root) => new (root.dataset.choose === "words" ? Words : Choose)(root));

document.addEventListener("editor", ({ detail }) => start(detail));
start(document);
