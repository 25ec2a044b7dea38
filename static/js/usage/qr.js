// The phone page behind the QR code. A press is kept on the phone with its own id and the phone's time before it is
// sent, so that a dead network loses nothing; it goes out on load, on focus and when the network is back.
const STORE = "jishi-presses";
const page = document.querySelector("[data-qr]");
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
let shiftMinutes = 0;
let sending = false;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? [];
  } catch {
    return [];
  }
}

function keep(presses) {
  localStorage.setItem(STORE, JSON.stringify(presses));
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function stage(name) {
  for (const section of page.querySelectorAll("[data-stage]")) section.hidden = section.dataset.stage !== name;
  page.dataset.stageNow = name;
}

function say(box, text) {
  const note = page.querySelector(`[data-${box}]`);
  note.hidden = !text;
  note.querySelector("p").textContent = text;
}

function wallTime(moment) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: page.dataset.zone }).format(moment);
}

/* What is shown while presses wait: the stage that they lead to, and how many there are. */
function showKept(reason) {
  const mine = kept().filter((press) => press.url === page.dataset.presses);
  const total = kept().length;
  say("offline", total ? page.dataset[`${reason}Text`].replace("{n}", total) : "");
  const started = mine.findLast((press) => press.action === "start");
  const finished = mine.findLast((press) => press.action === "finish");
  if (finished) stage("none");
  else if (started) showRunning(started.pressed_at);
}

function showRunning(since) {
  const clock = page.querySelector("[data-since]");
  if (!clock) return;
  clock.dataset.since = since;
  for (const begin of page.querySelectorAll("[data-begin]")) {
    begin.dataset.begin = since;
    begin.textContent = wallTime(new Date(since));
  }
  stage("running");
  tick();
}

async function post(url, presses) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify({ presses: presses.map(({ url: _url, ...press }) => press) }),
  });
  if (response.redirected || [400, 401].includes(response.status)) return null;
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()).outcomes;
}

async function send() {
  const waiting = kept();
  if (sending || !waiting.length) return;
  sending = true;
  const refused = [];
  let home = null;
  try {
    for (const url of new Set(waiting.map((press) => press.url))) {
      const presses = waiting.filter((press) => press.url === url);
      const outcomes = await post(url, presses);
      if (outcomes === null) return showKept("signedOut");
      const known = new Set(outcomes.map((outcome) => outcome.key));
      keep(kept().filter((press) => !known.has(press.key)));
      refused.push(...outcomes.filter((outcome) => !outcome.ok).map((outcome) => outcome.message));
      if (url === page.dataset.presses) {
        const finished = presses.findLast((press) => press.action === "finish");
        home = page.dataset.home + (finished ? `?done=${finished.reservation}` : "");
      }
    }
    say("offline", "");
  } catch {
    return showKept("offline");
  } finally {
    sending = false;
  }
  if (refused.length) say("refused", refused.join(" "));
  if (refused.length && page.dataset.stageNow === "none") stage(page.querySelector("[data-stage]").dataset.stage);
  else if (!refused.length && home) location.assign(home);
}

function press(form) {
  const fields = new FormData(form);
  const made = {
    key: newKey(), url: page.dataset.presses, action: form.dataset.press, reservation: fields.get("reservation"),
    pressed_at: new Date().toISOString(),
  };
  if (made.action === "finish") {
    const shifted = form.querySelector("[data-ended-at]");
    if (shiftMinutes || "shifted" in shifted.dataset) made.ended_at = endOf(form).toISOString();
    made.consumables = {};
    for (const input of form.querySelectorAll('[name^="consumable:"]')) {
      const count = Number.parseInt(input.value, 10);
      if (count > 0) made.consumables[input.name.slice("consumable:".length)] = count;
    }
    made.fault = String(fields.get("fault") ?? "");
  }
  keep([...kept(), made]);
  showKept(navigator.onLine ? "sending" : "offline");
  send();
}

function endOf(form) {
  const input = form.querySelector("[data-ended-at]");
  const base = "shifted" in input.dataset ? new Date(input.value) : new Date();
  return new Date(Math.min(base.getTime() + shiftMinutes * 60000, Date.now()));
}

/* The end, the length on the button and the fee follow the steppers. */
function showEnd(form) {
  const end = endOf(form);
  form.querySelector("[data-end-shown]").textContent = wallTime(end);
  const begin = form.querySelector("[data-begin]").dataset.begin;
  const button = form.querySelector("[data-finish-button]");
  if (!begin) return;
  const minutes = Math.max(1, Math.ceil((end - new Date(begin)) / 60000));
  const pattern = minutes < 60 ? button.dataset.minutes : button.dataset.hours;
  const length = pattern.replace("{h}", Math.floor(minutes / 60)).replace("{m}", minutes % 60);
  button.textContent = button.dataset.text.replace("{length}", length);
}

let asking = 0;
function askPrice(form) {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const fields = new FormData(form);
    fields.set("ended_at", endOf(form).toISOString());
    try {
      const answer = await fetch(form.dataset.price, { method: "POST", body: fields, headers: { "X-CSRFToken": token } });
      if (answer.ok && !answer.redirected) form.querySelector("[data-cost]").innerHTML = await answer.text();
    } catch {
      for (const sum of form.querySelectorAll("[data-cost] dd")) sum.textContent = "–";
    }
  }, 250);
}

function tick() {
  for (const clock of page.querySelectorAll('[data-since]:not([data-since=""])')) {
    const seconds = Math.max(0, Math.floor((Date.now() - new Date(clock.dataset.since)) / 1000));
    const two = (number) => String(number).padStart(2, "0");
    clock.replaceChildren(`${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}`);
    const small = document.createElement("small");
    small.textContent = `:${two(seconds % 60)}`;
    clock.append(small);
  }
  const form = page.querySelector('[data-stage="finish"]:not([hidden]) form');
  if (form && !shiftMinutes) showEnd(form);
}

page.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-stage]");
  const step = event.target.closest("[data-shift], [data-count]");
  if (opener) {
    event.preventDefault();
    stage(opener.dataset.openStage);
    tick();
  } else if (step) {
    event.preventDefault();
    const form = step.form;
    if (step.dataset.shift) shiftMinutes = Math.min(shiftMinutes + Number(step.dataset.shift), 0);
    else {
      const input = step.parentElement.querySelector("input");
      input.value = String(Math.max(0, (Number.parseInt(input.value, 10) || 0) + Number(step.dataset.count)));
    }
    showEnd(form);
    askPrice(form);
  }
});

page.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-press]");
  if (!form) return;
  event.preventDefault();
  press(form);
});

setInterval(tick, 1000);
for (const name of ["online", "focus"]) window.addEventListener(name, send);
if (kept().length) {
  showKept("offline");
  send();
}
