// The grid of the week calendar: 40 px an hour, drag on blank, grips, arrow keys, now-line.
import { make } from "./dom.js";
import { DAY } from "./slots.js";

const MARKS = { mine: "user-check", pending: "hourglass", maintenance: "wrench" };

export class WeekGrid {
  constructor(calendar, body) {
    this.calendar = calendar;
    this.week = calendar.week;
    this.pixels = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--hour")) || 40;
    this.wrap = make("div", "calendar-grid-wrap");
    this.grid = make("div", "calendar-grid");
    this.grid.tabIndex = 0;
    this.grid.setAttribute("role", "application");
    this.grid.setAttribute("aria-label", calendar.texts.grid);
    for (const name of ["--hours", "--days"]) this.wrap.style.setProperty(name, String(name === "--hours" ? this.hours : this.week.days.length));
    this.wrap.append(this.#head(), this.grid);
    body.append(this.wrap);
    this.columns = this.week.days.map(() => make("div", "calendar-column slot-closed"));
    this.grid.append(this.#hourLabels(), ...this.columns);
    this.grid.addEventListener("pointerdown", (event) => this.#press(event));
    this.grid.addEventListener("pointermove", (event) => this.#drag(event));
    this.grid.addEventListener("pointerup", (event) => this.#release(event));
    this.grid.addEventListener("pointercancel", () => this.#abandon());
    this.grid.addEventListener("click", (event) => this.#tap(event));
    this.grid.addEventListener("keydown", (event) => this.#key(event));
    this.#startClock();
  }

  get hours() {
    return this.week.toHour - this.week.fromHour;
  }

  // With a day of 24 hours the working day is what one sees first.
  scrollToWork() {
    const first = this.calendar.selection?.start ?? this.week.free[0]?.start;
    const minute = first === undefined ? 8 * 60 : first % DAY;
    this.wrap.scrollTop = Math.max(0, this.#top(minute) - this.pixels);
  }

  render() {
    for (const column of this.columns) column.replaceChildren();
    for (const open of this.week.free) this.#segments(open, "calendar-open");
    for (const block of this.week.blocks) {
      if (block.state !== "closed") this.#block(block);
    }
    this.renderSelection();
    this.#drawNow();
  }

  renderSelection() {
    for (const old of this.grid.querySelectorAll(".calendar-selection")) old.remove();
    const selection = this.calendar.selection;
    if (!selection) return;
    const parts = this.#segments(selection, "calendar-block calendar-selection slot slot-selected");
    const [first, last] = [parts[0], parts.at(-1)];
    if (!first) return;
    first.append(make("b", "", this.calendar.texts.selected), make("span", "", this.calendar.periodText(selection.start, selection.end)),
      make("span", "", this.calendar.lengthText(selection.end - selection.start)));
    for (const [part, side] of [[first, "start"], [last, "end"]]) {
      const grip = make("i", `calendar-grip calendar-grip-${side}`);
      grip.dataset.grip = side;
      part.append(grip);
    }
  }

  #head() {
    const row = make("div", "calendar-days");
    row.append(make("span"));
    this.week.days.forEach((day, index) => {
      const today = Math.floor(this.week.now / DAY);
      const cell = make("div", `calendar-day${index === today ? " today" : index < today ? " past" : ""}`);
      cell.append(make("span", "", index === today ? `${day.weekday} · ${this.calendar.texts.today}` : day.weekday), make("b", "", String(Number(day.date.slice(8)))));
      row.append(cell);
    });
    return row;
  }

  #hourLabels() {
    const labels = make("div", "calendar-hours");
    labels.setAttribute("aria-hidden", "true");
    for (let hour = this.week.fromHour + 1; hour < this.week.toHour; hour += 1) {
      const label = make("span", "", `${String(hour).padStart(2, "0")}:00`);
      label.style.top = `${this.#top(hour * 60)}px`;
      labels.append(label);
    }
    return labels;
  }

  #top(minuteOfDay) {
    return ((minuteOfDay - this.week.fromHour * 60) / 60) * this.pixels;
  }

  // One element a day for a stretch; a stretch over midnight has two.
  #segments(span, className) {
    const made = [];
    this.columns.forEach((column, day) => {
      const low = day * DAY + this.week.fromHour * 60;
      const high = day * DAY + this.week.toHour * 60;
      const start = Math.max(span.start, low);
      const end = Math.min(span.end, high);
      if (start >= end) return;
      const element = make(span.url ? "a" : "div", className);
      if (span.url) element.href = span.url;
      element.style.top = `${this.#top(start - day * DAY)}px`;
      element.style.height = `${((end - start) / 60) * this.pixels}px`;
      if (className === "calendar-open") {
        // Hour lines stay on the hour when a stretch starts at the half.
        element.style.backgroundPositionY = `${-((start % 60) / 60) * this.pixels}px`;
      }
      if (end - start < 45) element.classList.add("short");
      if (end - start < 75) element.classList.add("brief");
      column.append(element);
      made.push(element);
    });
    return made;
  }

  #block(block) {
    for (const element of this.#segments(block, `calendar-block slot slot-${block.state}`)) {
      const title = make("b");
      if (MARKS[block.state]) title.append(this.calendar.icon(MARKS[block.state]), " ");
      title.append(block.label ?? this.calendar.texts[block.state]);
      element.append(title, make("span", "", block.note ?? this.calendar.periodText(block.start, block.end)));
    }
  }

  #startClock() {
    const began = performance.now();
    const start = this.week.now;
    this.timer = setInterval(() => {
      if (!this.grid.isConnected) return clearInterval(this.timer);
      this.week.now = start + (performance.now() - began) / 60000;
      this.#drawNow();
    }, 30000);
  }

  #drawNow() {
    this.grid.querySelector(".calendar-now")?.remove();
    const day = Math.floor(this.week.now / DAY);
    const minute = this.week.now - day * DAY;
    if (!this.columns[day] || minute < this.week.fromHour * 60 || minute > this.week.toHour * 60) return;
    const line = make("i", "calendar-now");
    line.style.top = `${this.#top(minute)}px`;
    this.columns[day].append(line);
  }

  #minuteUnder(event) {
    const day = this.columns.findIndex((column) => event.clientX < column.getBoundingClientRect().right);
    const index = day === -1 ? this.columns.length - 1 : day;
    const box = this.columns[index].getBoundingClientRect();
    const inside = Math.min(Math.max(0, event.clientY - box.top), box.height - 1);
    return index * DAY + this.week.fromHour * 60 + (inside / this.pixels) * 60;
  }

  #press(event) {
    if (event.button !== 0 || event.target.closest("a")) return;
    const minute = this.#minuteUnder(event);
    const before = this.calendar.selection;
    const grip = event.target.dataset.grip;
    const onSelection = event.target.closest(".calendar-selection");
    if (!onSelection && event.pointerType === "touch") return;
    const stretch = this.week.freeAt(onSelection ? before.start : minute);
    if (!stretch) return;
    const mode = grip ?? (onSelection ? "move" : "new");
    this.pull = { mode, minute, before, stretch, anchor: this.week.down(minute), moved: false };
    this.grid.setPointerCapture(event.pointerId);
    this.grid.focus({ preventScroll: true });
    event.preventDefault();
  }

  #drag(event) {
    if (!this.pull) return;
    const minute = this.#minuteUnder(event);
    if (Math.abs(minute - this.pull.minute) < this.week.granularity / 3 && !this.pull.moved) return;
    this.pull.moved = true;
    const next = this.#pulled(minute);
    if (next) this.calendar.preview(next);
  }

  // What a pull to this minute selects, never over busy or closed time.
  #pulled(minute) {
    const { week } = this;
    const { mode, before, anchor } = this.pull;
    if (mode === "move") {
      const length = before.end - before.start;
      const stretch = week.freeAt(minute) ?? this.pull.stretch;
      if (stretch.end - stretch.start < length) return null;
      const start = week.down(before.start + minute - this.pull.minute + week.granularity / 2);
      const from = Math.max(stretch.start, Math.min(start, stretch.end - length));
      return { start: from, end: from + length };
    }
    const { start: low, end: high } = this.pull.stretch;
    const fixedStart = mode === "end" ? before.start : anchor;
    const fixedEnd = mode === "start" ? before.end : anchor + week.granularity;
    const forward = mode === "end" || (mode === "new" && minute >= fixedStart);
    if (forward) {
      const end = Math.max(fixedStart + week.minimum, Math.min(week.up(minute), fixedStart + week.maximum));
      if (end > high) return fixedStart + week.minimum > high ? week.place(this.pull.stretch, fixedStart, week.minimum) : { start: fixedStart, end: high };
      return { start: fixedStart, end };
    }
    const start = Math.min(fixedEnd - week.minimum, Math.max(week.down(minute), fixedEnd - week.maximum));
    if (start < low) return fixedEnd - week.minimum < low ? week.place(this.pull.stretch, low, week.minimum) : { start: low, end: fixedEnd };
    return { start, end: fixedEnd };
  }

  #release(event) {
    if (!this.pull) return;
    const { moved, mode, stretch, minute } = this.pull;
    const next = moved ? this.#pulled(this.#minuteUnder(event)) ?? this.calendar.selection : mode === "new" ? this.week.place(stretch, minute) : null;
    this.pull = null;
    if (next) this.calendar.choose(next);
    else if (mode === "new") this.calendar.say(this.calendar.fill(this.calendar.texts.tooshort, { n: this.calendar.lengthText(this.week.minimum) }));
  }

  #abandon() {
    if (!this.pull) return;
    const { before } = this.pull;
    this.pull = null;
    this.calendar.preview(before);
  }

  // A finger scrolls; a tap selects the usual length, then the grips are pulled.
  #tap(event) {
    if (event.pointerType !== "touch" || event.target.closest("a, .calendar-selection")) return;
    const minute = this.#minuteUnder(event);
    const stretch = this.week.freeAt(minute);
    const next = stretch && this.week.place(stretch, minute);
    if (next) this.calendar.choose(next);
  }

  #key(event) {
    if (event.target !== this.grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const { calendar } = this;
    if (event.key === "Enter") {
      event.preventDefault();
      return calendar.confirm();
    }
    if (event.key === "Escape") {
      if (this.pull) return this.#abandon();
      return calendar.selection ? calendar.choose(null) : undefined;
    }
    const step = { ArrowUp: -this.week.granularity, ArrowDown: this.week.granularity, ArrowLeft: -DAY, ArrowRight: DAY }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = this.#stepped(step, event.shiftKey);
    if (!next) return calendar.say(calendar.texts.blocked);
    calendar.choose(next);
    this.grid.querySelector(".calendar-selection")?.scrollIntoView({ block: "nearest" });
  }

  #stepped(step, resize) {
    const { week } = this;
    const now = this.calendar.selection;
    if (!now || now.start < 0 || now.start >= week.length) {
      const stretch = week.free.find((item) => item.end > 0 && item.end - item.start >= week.minimum);
      return stretch ? week.place(stretch, stretch.start) : null;
    }
    const length = now.end - now.start;
    if (resize) {
      if (Math.abs(step) === DAY) return null;
      return week.fits(now.start, now.end + step) ? { start: now.start, end: now.end + step } : null;
    }
    if (week.fits(now.start + step, now.end + step)) return { start: now.start + step, end: now.end + step };
    if (Math.abs(step) < DAY) return step > 0 ? week.nearest(now.start, length, now.start + 1, week.length) : week.nearest(now.start, length, 0, now.start);
    for (let day = Math.floor((now.start + step) / DAY); day >= 0 && day < week.days.length; day += Math.sign(step)) {
      const next = week.nearest(day * DAY + (now.start % DAY), length, day * DAY, (day + 1) * DAY);
      if (next) return next;
    }
    return null;
  }
}
