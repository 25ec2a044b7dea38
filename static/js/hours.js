// Opening hours of a week: the text of a day is the truth; dragging along its bar opens or closes half hours in it.
const STEP = 30;
const DAY = 1440;

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

function read(text) {
  const stretches = [];
  for (const found of text.matchAll(/(\d{1,2})[:：.](\d{2})\s*[-–—−~～至到]+\s*(\d{1,2})[:：.](\d{2})/g)) {
    const [from, to] = [Number(found[1]) * 60 + Number(found[2]), Number(found[3]) * 60 + Number(found[4])];
    if (from < to && to <= DAY) stretches.push([from, to]);
  }
  return join(stretches);
}

function join(stretches) {
  const joined = [];
  for (const [from, to] of stretches.sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

function without(stretches, from, to) {
  return stretches.flatMap(([a, b]) => [[a, Math.min(b, from)], [Math.max(a, to), b]].filter(([x, y]) => x < y));
}

function draw(bar, stretches) {
  bar.replaceChildren(...stretches.map(([from, to]) => {
    const mark = document.createElement("i");
    mark.className = `from-${Math.floor(from / 15)} to-${Math.ceil(to / 15)}`;
    return mark;
  }));
}

function follow(row) {
  const input = row.querySelector("input");
  const bar = row.querySelector("[data-bar]");
  let drag = null;
  const at = (event) => {
    const box = bar.getBoundingClientRect();
    const share = Math.min(0.9999, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.floor((share * DAY) / STEP) * STEP;
  };
  const changed = (event) => {
    const [from, to] = [Math.min(drag.start, at(event)), Math.max(drag.start, at(event)) + STEP];
    return drag.opens ? join([...drag.before.map((each) => [...each]), [from, to]]) : without(drag.before, from, to);
  };
  input.addEventListener("input", () => draw(bar, read(input.value)));
  bar.dataset.live = "";
  bar.addEventListener("pointerdown", (event) => {
    const start = at(event);
    const before = read(input.value);
    drag = { start, before, opens: !before.some(([from, to]) => from <= start && start < to) };
    bar.setPointerCapture(event.pointerId);
    draw(bar, changed(event));
  });
  bar.addEventListener("pointermove", (event) => drag && draw(bar, changed(event)));
  bar.addEventListener("pointerup", (event) => {
    if (!drag) return;
    input.value = changed(event).map(([from, to]) => `${clock(from)}-${clock(to)}`).join(", ");
    drag = null;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  bar.addEventListener("pointercancel", () => {
    drag = null;
    draw(bar, read(input.value));
  });
}

for (const form of document.querySelectorAll("[data-week-hours]")) {
  form.querySelector("[data-week-help]").hidden = false;
  form.querySelectorAll("[data-day]").forEach(follow);
}
