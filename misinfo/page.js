"use strict";
// The page is whole without this script: it hides the notes until they are asked for.
const root = document.documentElement;
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
root.classList.add("js");

// reasons: on focus, hover and tap
let open = null;
function show(mark, scroll) {
  if (open === mark || mark.classList.contains("off")) return;
  hide();
  const note = document.getElementById(mark.dataset.n);
  const panel = note.closest(".reasons");
  mark.classList.add("active");
  note.classList.add("active");
  panel.classList.add("open");
  panel.scrollTop = 0;
  root.classList.add("reading");
  mark.querySelector(".ref").setAttribute("aria-expanded", "true");
  open = mark;
  if (scroll) uncover(mark, panel);
}
function hide() {
  if (!open) return;
  const note = document.getElementById(open.dataset.n);
  for (const one of [open, note]) one.classList.remove("active");
  note.closest(".reasons").classList.remove("open");
  root.classList.remove("reading");
  open.querySelector(".ref").setAttribute("aria-expanded", "false");
  open = null;
}
// Neither the filters above nor the sheet below may lie over the sentence.
function uncover(mark, panel) {
  const fixed = getComputedStyle(panel).position === "fixed";
  const floor = innerHeight - (fixed ? panel.offsetHeight : 0);
  const place = mark.getBoundingClientRect();
  if (place.top < bar() || place.bottom > floor) mark.scrollIntoView({ block: "start" });
}
const markOf = (event) => event.target.closest?.(".text mark");
let pressed = false; // a press focuses the button before it clicks it
document.addEventListener("pointerdown", () => { pressed = true; });
document.addEventListener("pointerup", () => { setTimeout(() => { pressed = false; }); });
document.addEventListener("mouseover", (event) => {
  const mark = markOf(event);
  if (mark && matchMedia("(hover: hover) and (min-width: 62rem)").matches) show(mark, false);
});
document.addEventListener("focusin", (event) => {
  const mark = markOf(event);
  if (mark && !pressed) show(mark, true);
});
document.addEventListener("click", (event) => {
  const mark = markOf(event);
  const link = event.target.closest("a[href^='#d']");
  if (mark) {
    show(mark, true);
    if (event.detail === 0 && open === mark) { // Enter or space on the button
      document.getElementById(mark.dataset.n).focus({ preventScroll: true });
    }
  } else if (link && form && document.querySelector(link.hash).matches(".filtered")) {
    form.reset();
    filter();
  } else if (event.target.matches(".close")) {
    back();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") back();
});
function back() {
  const button = open?.querySelector(".ref");
  const inside = document.activeElement?.closest(".reasons");
  hide();
  if (button && inside) { pressed = true; button.focus(); pressed = false; }
}

// filters
const form = document.querySelector(".filters");
const marks = all(".text mark");
function filter() {
  const data = new FormData(form);
  const least = Number(data.get("strength"));
  const tags = new Set(data.getAll("tag"));
  const narrow = least > 0 || tags.size > 0;
  const left = new Set(all(".document").filter((one) => !data.has("over") || one.querySelector(".facts .over")));
  let shown = 0;
  for (const mark of marks) {
    const on = left.has(mark.closest(".document")) && Number(mark.dataset.s) >= least &&
      (!tags.size || mark.dataset.t.split(" ").some((tag) => tags.has(tag)));
    mark.classList.toggle("off", !on);
    shown += on;
  }
  for (const one of all(".document")) {
    const out = !left.has(one) || (narrow && !one.querySelector("mark:not(.off)"));
    one.classList.toggle("filtered", out);
    document.querySelector(`a[href="#${one.id}"]`).closest("tr").classList.toggle("dim", out);
  }
  if (open?.classList.contains("off")) hide();
  form.querySelector("output").textContent = shown ? `${shown} of ${marks.length} shown` : "No sentence fits";
}
function bar() {
  return form && getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
}
function measure() {
  root.style.setProperty("--bar", `${bar() + 16}px`);
  root.style.scrollPaddingTop = `${bar() + 64}px`;
}
if (form) {
  form.hidden = false;
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    const step = Number(event.target.dataset.step);
    if (step) walk(step);
  });
  form.reset();
  filter();
  addEventListener("resize", measure);
  measure();
}
// The next flagged sentence after the one that is open, or else after the top of the window.
function walk(step) {
  const on = marks.filter((mark) => !mark.classList.contains("off"));
  let at = on.indexOf(open);
  if (at < 0) {
    at = on.findIndex((mark) => mark.getBoundingClientRect().top > bar());
    if (at < 0) at = on.length;
    if (step > 0) at -= 1;
  }
  const next = on[(at + step + on.length) % on.length];
  if (!next) return;
  hide();
  show(next, true);
}

// table
const table = document.querySelector(".sortable");
const heads = all("thead th", table);
heads.forEach((head, column) => {
  const key = (row) => Number(row.cells[column].dataset.sort);
  const body = table.tBodies[0];
  if (![...body.rows].some((row) => "sort" in row.cells[column].dataset)) return;
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : column > 0;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...[...body.rows].sort((a, b) => (down ? key(b) - key(a) : key(a) - key(b))));
  });
});

// dark and light
const theme = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const dark = () => getComputedStyle(root).colorScheme === "dark" || (!root.dataset.theme && system.matches);
function rename() {
  theme.textContent = dark() ? "Light page" : "Dark page";
}
theme.hidden = false;
theme.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  rename();
});
system.addEventListener("change", rename);
rename();
