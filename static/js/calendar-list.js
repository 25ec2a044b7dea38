// The same week as lists: what phones show, with a strip of days, and what "List" shows elsewhere. Same action as the grid.
import { make } from "./dom.js";
import { DAY } from "./slots.js";

export class WeekList {
  constructor(calendar, body) {
    this.calendar = calendar;
    this.week = calendar.week;
    this.box = make("div", "calendar-lists");
    this.strip = make("div", "day-strip");
    this.strip.setAttribute("role", "group");
    this.lists = make("div");
    this.box.append(this.strip, this.lists);
    body.append(this.box);
    this.day = this.#firstDay();
    this.box.addEventListener("click", (event) => this.#click(event));
  }

  render() {
    const selected = this.calendar.selection && Math.floor(this.calendar.selection.start / DAY);
    if (selected !== this.lastSelected && this.week.days[selected]) this.day = selected;
    this.lastSelected = selected;
    const had = this.box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.#renderStrip();
    this.lists.replaceChildren(...this.week.days.flatMap((day, index) => this.#dayList(day, index)));
    if (had) (this.box.querySelector(`[data-key="${had}"]`) ?? this.box.querySelector(".slot-selected button"))?.focus();
  }

  #firstDay() {
    const today = Math.floor(this.week.now / DAY);
    const from = this.week.days[today] ? today : 0;
    const free = this.week.days.findIndex((day, index) => index >= from && this.week.freeMinutes(index) > 0);
    return free === -1 ? from : free;
  }

  #renderStrip() {
    const { texts } = this.calendar;
    const today = Math.floor(this.week.now / DAY);
    this.strip.replaceChildren(...this.week.days.map((day, index) => {
      const minutes = this.week.freeMinutes(index);
      const hours = Math.round(minutes / 6) / 10;
      const word = minutes ? `${hours}\u00a0h` : this.week.hasOpen(index) && index >= today ? texts.full : "–";
      const button = make("button", minutes ? "has-free" : "");
      button.type = "button";
      button.dataset.day = String(index);
      button.dataset.key = `day${index}`;
      button.setAttribute("aria-pressed", String(index === this.day));
      button.append(make("span", "", day.letter), make("b", "", String(Number(day.date.slice(8)))), make("span", "", word));
      button.append(make("span", "visually-hidden", `${day.label}${minutes ? `, ${texts.free}` : ""}`));
      return button;
    }));
  }

  #dayList(day, index) {
    const title = make("h3", "stretch-day", day.label);
    const list = make("div", `stretches${index === this.day ? " shown" : ""}`);
    list.append(...this.week.stretches(index, this.calendar.selection).map((part) => this.#stretch(part)));
    return [title, list];
  }

  #stretch(part) {
    const { calendar } = this;
    const usable = part.state === "free" && part.end - part.start >= this.week.minimum;
    const row = make(usable ? "button" : part.url ? "a" : "div", `stretch slot slot-${part.state}`);
    if (part.url) row.href = part.url;
    const period = calendar.periodText(part.start, part.end);
    const end = make("span", "stretch-end");
    row.append(make("b", "", period), end);
    if (usable) {
      row.type = "button";
      row.dataset.start = String(part.start);
      row.dataset.key = `free${part.start}`;
      end.textContent = calendar.texts.free;
    } else if (part.state === "selected") {
      end.append(calendar.icon("check"), `${calendar.texts.selected} ${calendar.lengthText(part.end - part.start)}`, this.#lengthButton("minus", -1), this.#lengthButton("plus", 1));
    } else if (part.state === "free") {
      end.textContent = calendar.fill(calendar.texts.tooshort, { n: calendar.lengthText(this.week.minimum) });
    } else {
      end.textContent = part.note ?? part.label ?? calendar.texts[part.state];
    }
    return row;
  }

  #lengthButton(icon, way) {
    const button = make("button", "button button-small");
    button.type = "button";
    button.dataset.longer = String(way);
    button.dataset.key = `longer${way}`;
    button.setAttribute("aria-label", way > 0 ? this.calendar.texts.longer : this.calendar.texts.shorter);
    button.append(this.calendar.icon(icon));
    return button;
  }

  #click(event) {
    const { calendar, week } = this;
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.day) {
      this.day = Number(button.dataset.day);
      this.render();
    } else if (button.dataset.longer) {
      const { start, end } = calendar.selection;
      const next = end + Number(button.dataset.longer) * week.granularity;
      if (week.fits(start, next)) calendar.choose({ start, end: next });
      else calendar.say(calendar.texts.blocked);
    } else if (button.dataset.start) {
      const start = Number(button.dataset.start);
      const stretch = week.freeAt(start);
      const length = calendar.selection ? calendar.selection.end - calendar.selection.start : week.usual;
      const here = { start: Math.max(stretch.start, Math.floor(start / DAY) < this.day ? this.day * DAY : start), end: stretch.end };
      const next = week.place(here, here.start, length);
      if (next) calendar.choose(next);
    }
  }
}
