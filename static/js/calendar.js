// The week calendar. The three inputs date, from and to are the source of truth; grid, list and keyboard write them and read them.
import { WeekGrid } from "./calendar-grid.js";
import { WeekList } from "./calendar-list.js";
import { each } from "./dom.js";
import { DAY, Week, clock, closing } from "./slots.js";

const PATIENCE = 300;

export class Calendar {
  constructor(section) {
    this.section = section;
    this.week = new Week(JSON.parse(section.querySelector("[data-calendar-data]").textContent));
    this.texts = JSON.parse(section.querySelector("[data-calendar-texts]").textContent);
    this.live = section.querySelector("[data-calendar-live]");
    this.form = document.getElementById(section.dataset.form);
    const field = (name) => document.getElementById(section.dataset[name]);
    this.fields = { date: field("date"), from: field("from"), to: field("to") };
    this.selection = this.readFields();

    const body = section.querySelector("[data-calendar-body]");
    section.querySelector("[data-calendar-fallback]").hidden = true;
    this.grid = new WeekGrid(this, body);
    this.list = new WeekList(this, body);
    section.querySelector("[data-calendar-help]")?.removeAttribute("hidden");
    this.#viewSwitch();
    for (const input of Object.values(this.fields)) {
      input?.addEventListener("change", () => {
        if (!section.isConnected) return;
        this.selection = this.readFields();
        this.render();
      });
    }
    this.render();
    this.grid.scrollToWork();
  }

  readFields() {
    const { date, from, to } = this.fields;
    if (!date?.value || !from?.value || !to?.value) return null;
    const start = this.week.minuteAt(date.value, from.value);
    let end = this.week.minuteAt(date.value, to.value);
    if (end <= start) end += DAY;
    return { start, end };
  }

  // Shows a selection without telling anybody: while dragging.
  preview(selection) {
    this.selection = selection;
    this.grid.renderSelection();
  }

  // Makes a selection the truth: fields, views, live region, events.
  choose(selection) {
    this.selection = selection;
    if (selection) {
      this.#write(this.fields.date, this.week.dateOf(selection.start));
      this.#write(this.fields.from, clock(selection.start));
      this.#write(this.fields.to, clock(selection.end));
    } else {
      this.#write(this.fields.from, "");
      this.#write(this.fields.to, "");
    }
    this.render();
    this.say(selection ? this.describe(selection) : this.texts.cleared);
    this.#tell();
  }

  render() {
    this.grid.render();
    this.list.render();
  }

  say(sentence) {
    this.live.textContent = sentence;
  }

  describe(selection) {
    const day = this.week.days[Math.floor(selection.start / DAY)];
    return this.fill(this.texts.chosen, {
      day: day?.label ?? this.week.dateOf(selection.start), from: clock(selection.start), to: closing(selection.end),
      length: this.lengthText(selection.end - selection.start),
    });
  }

  fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  lengthText(minutes) {
    if (minutes % 30 === 0) return this.fill(this.texts.hours, { n: String(Math.round(minutes / 6) / 10) });
    return `${minutes >= 60 ? `${this.fill(this.texts.hours, { n: Math.floor(minutes / 60) })} ` : ""}${this.fill(this.texts.minutes, { n: minutes % 60 })}`;
  }

  periodText(start, end) {
    return `${clock(start)}–${closing(end)}`;
  }

  icon(name) {
    return this.section.querySelector(`template[data-icon="${name}"]`).content.cloneNode(true);
  }

  confirm() {
    if (!this.selection) return;
    this.#send();
    this.section.dispatchEvent(new CustomEvent("slot-confirm", { bubbles: true, detail: this.#detail() }));
    this.form?.querySelector("[data-slot-submit], button[type=submit], button:not([type])")?.focus();
  }

  #write(input, value) {
    if (!input || input.value === value) return;
    if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === value)) input.add(new Option(value, value));
    input.value = value;
  }

  // Keys come in bursts; the quote is asked for when they pause.
  #tell() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#send(), PATIENCE);
  }

  #send() {
    clearTimeout(this.timer);
    this.section.dispatchEvent(new CustomEvent("slot-change", { bubbles: true, detail: this.#detail() }));
    this.form?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #detail() {
    if (!this.selection) return null;
    const { start, end } = this.selection;
    return { date: this.week.dateOf(start), from: clock(start), to: clock(end), minutes: end - start };
  }

  #viewSwitch() {
    const view = this.section.querySelector("[data-calendar-view]");
    if (!view) return;
    view.hidden = false;
    view.addEventListener("click", (event) => {
      const show = event.target.closest("[data-show]")?.dataset.show;
      if (!show) return;
      this.section.dataset.show = show;
      for (const button of view.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === show));
    });
  }
}

export function init(root) {
  each(root, "[data-calendar]", (section) => {
    section.calendar = new Calendar(section);
  });
}
