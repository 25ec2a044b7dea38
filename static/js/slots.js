// Arithmetic of a week in wall minutes: minute 0 is midnight of the first day, where the instrument stands.
// Times come as ISO with offset in the instrument's zone; only their wall part places them. The server checks the real length.

const DAY = 1440;

function dayNumber(date) {
  const [year, month, day] = date.split("-").map(Number);
  return Date.UTC(year, month - 1, day) / 86400000;
}

export function clock(minute) {
  const inDay = ((minute % DAY) + DAY) % DAY;
  return `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
}

// The end of a stretch at midnight reads 24:00.
export function closing(minute) {
  return minute % DAY === 0 ? "24:00" : clock(minute);
}

export class Week {
  constructor(data) {
    this.days = data.days;
    this.first = dayNumber(data.days[0].date);
    this.granularity = data.granularity ?? 30;
    this.minimum = data.minimum || this.granularity;
    this.maximum = data.maximum || Infinity;
    this.usual = Math.max(this.minimum, Math.min(this.maximum, data.usual ?? 60));
    this.now = data.now ? this.minuteOf(data.now) : -Infinity;
    this.open = (data.open ?? []).map((item) => this.span(item)).sort((a, b) => a.start - b.start);
    this.blocks = (data.blocks ?? []).map((item) => ({ ...item, ...this.span(item) })).sort((a, b) => a.start - b.start);
    const earliest = Math.max(this.now, data.free_from ? this.minuteOf(data.free_from) : -Infinity);
    this.free = this.#freeFrom(earliest);
    [this.fromHour, this.toHour] = data.hours ?? this.#shownHours();
  }

  minuteOf(iso) {
    const [date, time] = iso.split("T");
    return this.minuteAt(date, time.slice(0, 5));
  }

  minuteAt(date, time) {
    const [hour, minute] = time.split(":").map(Number);
    return (dayNumber(date) - this.first) * DAY + hour * 60 + minute;
  }

  dateOf(minute) {
    return new Date((this.first + Math.floor(minute / DAY)) * 86400000).toISOString().slice(0, 10);
  }

  span(item) {
    return { start: this.minuteOf(item.start), end: this.minuteOf(item.end) };
  }

  get length() {
    return this.days.length * DAY;
  }

  down(minute) {
    return Math.floor(minute / this.granularity) * this.granularity;
  }

  up(minute) {
    return Math.ceil(minute / this.granularity) * this.granularity;
  }

  // The free stretch that holds this minute.
  freeAt(minute) {
    return this.free.find((item) => item.start <= minute && minute < item.end);
  }

  fits(start, end) {
    const length = end - start;
    const stretch = this.freeAt(start);
    return Boolean(stretch) && end <= stretch.end && length >= this.minimum && length <= this.maximum;
  }

  // A selection of the usual or the given length inside the stretch, as near to `start` as it can be; null if it is too short.
  place(stretch, start, length = this.usual) {
    const wanted = Math.min(length, stretch.end - stretch.start, this.maximum);
    if (wanted < this.minimum) return null;
    const from = Math.max(stretch.start, Math.min(this.down(start), stretch.end - wanted));
    return { start: from, end: from + wanted };
  }

  // The nearest place for this length whose start lies between two minutes.
  nearest(start, length, low, high) {
    let best = null;
    for (const stretch of this.free) {
      if (stretch.end - stretch.start < length) continue;
      const from = Math.max(stretch.start, low, Math.min(start, stretch.end - length));
      if (from + length > stretch.end || from < low || from >= high) continue;
      if (!best || Math.abs(from - start) < Math.abs(best.start - start)) best = { start: from, end: from + length };
    }
    return best;
  }

  freeMinutes(day) {
    return this.free.reduce((sum, item) => sum + Math.max(0, Math.min(item.end, (day + 1) * DAY) - Math.max(item.start, day * DAY)), 0);
  }

  hasOpen(day) {
    return this.open.some((item) => item.start < (day + 1) * DAY && item.end > day * DAY);
  }

  // What a day consists of, in order: blocks, free and selected stretches, closed in between.
  stretches(day, selection) {
    const from = day * DAY;
    const to = from + DAY;
    const parts = [];
    for (const block of this.blocks) {
      if (block.state !== "closed" && block.start < to && block.end > from) parts.push({ ...block });
    }
    for (const stretch of this.free) {
      if (stretch.start >= to || stretch.end <= from) continue;
      if (selection && selection.start >= stretch.start && selection.end <= stretch.end) {
        parts.push({ state: "selected", ...selection });
        if (selection.start > stretch.start) parts.push({ state: "free", start: stretch.start, end: selection.start });
        if (selection.end < stretch.end) parts.push({ state: "free", start: selection.end, end: stretch.end });
      } else {
        parts.push({ state: "free", ...stretch });
      }
    }
    const shown = parts.filter((part) => part.start < to && part.end > from).sort((a, b) => a.start - b.start);
    const complete = [];
    let at = shown.length ? Math.max(from, shown[0].start) : from;
    for (const part of shown) {
      if (part.start > at) complete.push({ state: "closed", start: at, end: part.start });
      complete.push(part);
      at = Math.max(at, part.end);
    }
    if (at < to) {
      // Closed into the next morning reads 18:00–08:00; longer than that it ends with the day.
      const later = [...this.open, ...this.blocks].map((item) => item.start).filter((start) => start >= to && start < at + DAY);
      complete.push({ state: "closed", start: at, end: at > from && later.length ? Math.min(...later) : to });
    }
    return complete;
  }

  #freeFrom(earliest) {
    const free = [];
    for (const open of this.#merged()) {
      let at = Math.max(open.start, earliest);
      for (const block of this.blocks) {
        if (block.end <= at || block.start >= open.end) continue;
        if (block.start > at) free.push({ start: at, end: block.start });
        at = Math.max(at, block.end);
      }
      if (at < open.end) free.push({ start: at, end: open.end });
    }
    return free.map((item) => ({ start: this.up(item.start), end: this.down(item.end) })).filter((item) => item.end > item.start);
  }

  #merged() {
    const merged = [];
    for (const item of this.open) {
      const last = merged.at(-1);
      if (last && item.start <= last.end) last.end = Math.max(last.end, item.end);
      else merged.push({ ...item });
    }
    return merged;
  }

  #shownHours() {
    let low = 8;
    let high = 20;
    for (const item of [...this.open, ...this.blocks.filter((block) => block.state !== "closed")]) {
      for (let day = 0; day < this.days.length; day += 1) {
        const start = Math.max(item.start, day * DAY) - day * DAY;
        const end = Math.min(item.end, (day + 1) * DAY) - day * DAY;
        if (start >= end) continue;
        low = Math.min(low, Math.floor(start / 60));
        high = Math.max(high, Math.ceil(end / 60));
      }
    }
    return [low, high];
  }
}

export { DAY };
