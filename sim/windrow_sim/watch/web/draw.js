"use strict";
/* The pictures: built once, then only classes and texts change from cycle to cycle. */

const SVG = "http://www.w3.org/2000/svg";

function draw(parent, name, attributes = {}, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.appendChild(element);
  return element;
}

function picture(parent, width, height, label) {
  const svg = draw(parent, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  svg.style.width = `${width}px`;
  return svg;
}

const setClass = (element, name) => {
  if (element.getAttribute("class") !== name) element.setAttribute("class", name);
};
const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const longest = (numbers) => Math.max(...numbers.map((number) => minus(number).length));

/** A square with a number in it; the number is left out where it could not be read. */
function cell(parent, x, y, width, height, digits) {
  const group = draw(parent, "g", { class: "cell" });
  draw(group, "rect", { x: x + 1, y: y + 1, width: width - 2, height: height - 2, rx: Math.min(4, width / 8) });
  const size = Math.min(height * 0.42, (width - 5) / (digits * 0.64), 17);
  const text = size < 6.5 ? null : draw(group, "text", {
    x: x + width / 2, y: y + height / 2, "font-size": size.toFixed(1),
  });
  return { group, text, title: null };
}

function hatching(svg) {
  const pattern = draw(draw(svg, "defs"), "pattern", {
    id: `hatch-${document.querySelectorAll("pattern").length}`, width: 6, height: 6,
    patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
  });
  draw(pattern, "line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch" });
  return `url(#${pattern.id})`;
}

/* ---- the image ------------------------------------------------------------------------------------- */

const [[top, bottom], [left, right]] = layer.padding;
const gridRows = layer.height + top + bottom, gridColumns = layer.width + left + right;
const pixelDigits = longest(run.images.flat(3)) * design.lanes + design.lanes - 1;

/** Places of a frame whose pixels the column store holds. */
function inStore(frame, cycle) {
  const places = new Set();
  if (!design.store_columns) return places;
  for (const { put, freed, frame: of, row, column, slice } of fetches) {
    if (of !== frame || put > cycle || (freed !== null && freed <= cycle)) continue;
    for (let ky = 0; ky < kernelRows; ky++)
      places.add(`${row * layer.stride[0] - top + ky * layer.dilation[0]},${column},${slice}`);
  }
  return places;
}

class ImageView {
  constructor(parent) {
    const room = several ? 264 : 400;
    const size = this.size = Math.max(several ? 14 : 17, Math.min(48, Math.floor(room / Math.max(gridRows, gridColumns))));
    const edge = this.edge = 18;
    const figure = document.createElement("figure");
    parent.appendChild(figure);
    this.caption = document.createElement("figcaption");
    if (several) figure.appendChild(this.caption);
    const svg = picture(figure, gridColumns * size + edge + 4, gridRows * size + edge + 4, "The image");
    const hatch = hatching(svg);
    this.cells = [];
    for (let row = 0; row < gridRows; row++) {
      for (let column = 0; column < gridColumns; column++) {
        const y = row - top, x = column - left;
        if (y < 0 || x < 0 || y >= layer.height || x >= layer.width) {
          draw(svg, "rect", { class: "padding", x: edge + column * size + 1, y: edge + row * size + 1,
            width: size - 2, height: size - 2, rx: 4, fill: hatch });
          continue;
        }
        const parts = [], width = size / design.slices;
        for (let slice = 0; slice < design.slices; slice++)
          parts.push(cell(svg, edge + column * size + slice * width, edge + row * size, width, size, pixelDigits));
        this.cells.push({ y, x, parts });
      }
    }
    const every = size < 20 ? 2 : 1;
    for (let y = 0; y < layer.height; y += every) draw(svg, "text",
      { class: "axis", x: edge - 8, y: edge + (y + top + 0.5) * size }, y);
    for (let x = 0; x < layer.width; x += every) draw(svg, "text",
      { class: "axis", y: edge - 8, x: edge + (x + left + 0.5) * size }, x);
    this.origins = [];
    for (let row = 0; row < layer.output[0]; row++)
      for (let column = 0; column < layer.output[1]; column++) this.origins.push(draw(svg, "circle",
        { cx: edge + column * layer.stride[1] * size, cy: edge + row * layer.stride[0] * size, r: 3 }));
    this.taps = draw(svg, "g");
    this.multiplied = draw(svg, "rect", { rx: 7 });
    this.window = draw(svg, "rect", { rx: 7 });
  }

  show(frame, state) {
    const { cycle, reading, next, multiplying, fetching } = state;
    setText(this.caption, `frame ${frame}`);
    const kept = inStore(frame, cycle);
    const taps = { "tap-read": this.marked(reading, frame), "tap-mul": this.marked(multiplying, frame) };
    for (const { y, x, parts } of this.cells) {
      parts.forEach((part, slice) => {
        const beat = beatAt(frame, y, x, slice);
        let name = `cell ${beatState(beat, cycle)}`;
        if (name === "cell freed" && kept.has(`${y},${x},${slice}`)) name = "cell in-store";
        if (state.waiting && beat === state.waiting) name = "cell waiting";
        for (const [mark, places] of Object.entries(taps)) if (places.has(`${y},${x},${slice}`)) name += ` ${mark}`;
        setClass(part.group, name);
        if (part.text) setText(part.text, values(frame, y, x, slice).map(minus).join(" "));
      });
    }
    const issue = reading || next;
    this.place(this.window, issue && issue.frame === frame ? issue : null, 0, reading ? "window" : "window next");
    this.place(this.multiplied, multiplying && multiplying.frame === frame ? multiplying : null, 4, "multiplied");
    this.origins.forEach((dot, number) => {
      const at = frame * design.windows + number;
      const current = issue ? issue.frame * design.windows + issue.row * layer.output[1] + issue.column : Infinity;
      setClass(dot, at < current ? "origin past" : at === current ? "origin now" : "origin");
    });
    this.taps.replaceChildren();
    if (fetching && fetching.frame === frame) this.fetched(fetching);
    if (reading && reading.frame === frame) tapsOf(reading).forEach((tap) => this.tap(tap, reading.slice, "tap read"));
    if (multiplying && multiplying.frame === frame)
      tapsOf(multiplying).forEach((tap) => this.tap(tap, multiplying.slice, "tap mul"));
  }

  /** The places in the picture of a frame that a step works on. */
  marked(step, frame) {
    if (!step || step.frame !== frame) return new Set();
    return new Set(tapsOf(step).filter((tap) => tap.real).map((tap) => `${tap.y},${tap.x},${step.slice}`));
  }

  place(rect, step, inset, name) {
    setClass(rect, step ? name : "hidden");
    if (!step) return;
    const { size, edge } = this, from = tapOf(step, 0, 0), to = tapOf(step, kernelRows - 1, kernelColumns - 1);
    const set = { x: edge + (from.x + left) * size + inset, y: edge + (from.y + top) * size + inset,
      width: (to.x - from.x + 1) * size - 2 * inset, height: (to.y - from.y + 1) * size - 2 * inset };
    for (const [key, value] of Object.entries(set)) rect.setAttribute(key, value);
  }

  tap({ y, x, real }, slice, name) {
    const { size, edge } = this, width = size / design.slices;
    const inset = name.endsWith("mul") ? Math.min(7, size / 6) : 3;
    draw(this.taps, "rect", { class: real ? name : `${name} masked`,
      x: edge + (x + left) * size + slice * width + Math.min(inset, width / 4), y: edge + (y + top) * size + inset,
      width: width - 2 * Math.min(inset, width / 4), height: size - 2 * inset, rx: 4 });
  }

  fetched({ row, column, slice }) {
    for (let ky = 0; ky < kernelRows; ky++) {
      const y = row * layer.stride[0] - top + ky * layer.dilation[0];
      if (y >= 0 && y < layer.height) this.tap({ y, x: column, real: true }, slice, "tap fetch");
    }
  }
}

/* ---- line buffer and column store ------------------------------------------------------------------- */

class RingView {
  constructor(parent) {
    const { ring_rows: rows, row_beats: columns } = design;
    const edge = 46, width = Math.max(5, Math.min(34, Math.floor(270 / Math.max(1, columns))));
    const height = Math.min(30, Math.max(15, width));
    const svg = picture(parent, columns * width + edge, rows * height, "The ring of rows in the line buffer");
    this.cells = [];
    for (let row = 0; row < rows; row++) {
      draw(svg, "text", { class: "axis side", x: 0, y: (row + 0.5) * height }, `bank ${row}`);
      for (let column = 0; column < columns; column++)
        this.cells.push(cell(svg, edge + column * width, row * height, width, height, pixelDigits));
    }
  }

  show(state) {
    const { cycle, reading, fetching } = state, size = this.cells.length;
    const wanted = new Set();
    if (reading && design.gathers) tapsOf(reading).filter((tap) => tap.real).forEach((tap) =>
      wanted.add(beatAt(reading.frame, tap.y, tap.x, reading.slice)));
    if (fetching) for (let ky = 0; ky < kernelRows; ky++) {
      const y = fetching.row * layer.stride[0] - top + ky * layer.dilation[0];
      if (y >= 0 && y < layer.height) wanted.add(beatAt(fetching.frame, y, fetching.column, fetching.slice));
    }
    const written = countUpTo(storedBeats, "accepted", cycle);
    this.cells.forEach((part, slot) => {
      const number = written - 1 - ((((written - 1 - slot) % size) + size) % size);
      const beat = number >= 0 ? storedBeats[number] : null;
      const name = beat ? beatState(beat, cycle) : "future";
      setClass(part.group, `cell ${name}${wanted.has(beat) ? (fetching ? " fetching" : " reading") : ""}`);
      if (part.text) {
        const at = beat && pixelOf(beat);
        setText(part.text, at ? values(at.frame, at.y, at.x, at.slice).map(minus).join(" ") : "");
      }
    });
  }
}

class StoreView {
  constructor(parent) {
    const columns = design.store_columns, rows = kernelRows * design.slices;
    const width = Math.max(8, Math.min(26, Math.floor(310 / columns))), height = Math.min(width, 20);
    const svg = picture(parent, columns * width, rows * height, "The column store");
    this.columns = Array.from({ length: columns }, (_, column) =>
      Array.from({ length: rows }, (_, row) => cell(svg, column * width, row * height, width, height, pixelDigits)));
  }

  show(state) {
    const { cycle, reading } = state, size = design.store_columns, { slices } = design;
    const put = countUpTo(fetches, "put", cycle);
    const wanted = new Set(!reading ? [] : windowTaps(reading).filter((tap) => tap.real).map((tap) => tap.x));
    this.columns.forEach((parts, slot) => parts.forEach((part, row) => {
      const slice = Math.floor(row / kernelRows), ky = row % kernelRows;
      const arrived = Math.ceil((put - slice) / slices);
      const number = arrived - 1 - ((((arrived - 1 - slot) % size) + size) % size);
      const fetch = number >= 0 ? fetches[number * slices + slice] : null;
      let name = "future";
      if (fetch) name = fetch.freed !== null && fetch.freed <= cycle ? "freed" : fetch.put === cycle ? "arriving stored" : "held stored";
      if (fetch && reading && reading.slice === slice && fetch.frame === reading.frame &&
          fetch.row === reading.row && wanted.has(fetch.column)) name += " reading";
      setClass(part.group, `cell ${name}`);
      if (!part.text) return;
      const y = fetch ? fetch.row * layer.stride[0] - top + ky * layer.dilation[0] : 0;
      const real = fetch && y >= 0 && y < layer.height;
      setText(part.text, !fetch ? "" : real ? values(fetch.frame, y, fetch.column, slice).map(minus).join(" ") : "\u00b7");
    }));
  }
}

/* ---- array and output -------------------------------------------------------------------------------- */

/** The weight of a tap for a step's first filter, where one lane makes one channel of it; 1 without weights. */
const weightOf = (step, tap) =>
  (run.weights ? run.weights[step.group][tap.ky][tap.kx][step.slice % layer.depth] : 1);

class ArrayView {
  constructor(parent) {
    const size = this.size = Math.max(24, Math.min(54, Math.floor(230 / Math.max(kernelRows, kernelColumns))));
    const svg = picture(parent, kernelColumns * size, kernelRows * size, `The window: ${layer.work.array}`);
    this.weighted = run.weights !== null && size >= 34 && design.pe === 1 && design.lanes === 1;
    this.hatch = hatching(svg);
    this.cells = [];
    for (let ky = 0; ky < kernelRows; ky++) for (let kx = 0; kx < kernelColumns; kx++) {
      const part = cell(svg, kx * size, ky * size, size, size, Math.max(2, pixelDigits));
      if (part.text && this.weighted) part.text.setAttribute("y", (ky + 0.38) * size);
      part.weight = this.weighted ? draw(part.group, "text", { class: "weight", x: (kx + 0.5) * size,
        y: (ky + 0.72) * size, "font-size": Math.min(13, size * 0.24) }) : null;
      this.cells.push({ ...part, ky, kx });
    }
  }

  show(state) {
    const step = state.multiplying;
    const shown = step || steps[Math.min(countUpTo(steps, "multiplied", state.cycle), steps.length - 1)];
    const now = step ? step.step : -1;
    for (const { group, text, weight, ky, kx } of this.cells) {
      const number = Math.floor((kx * kernelRows + ky) / design.taps), tap = tapOf(shown, ky, kx);
      let name = !step ? "idle" : number === now ? "now" : number < now ? "past" : "later";
      if (!tap.real || !tap.counts) name += " masked";
      setClass(group, `cell product ${name}`);
      if (text) setText(text, !step || !tap.counts ? "" : tap.real ?
        values(shown.frame, tap.y, tap.x, shown.slice).map(minus).join(" ") : minus(layer.fill));
      if (weight) setText(weight, "\u00d7\u202f" + minus(weightOf(shown, tap)));
    }
    return this.sum(step);
  }

  /** The arithmetic of the cycle, where one filter and one lane make it short enough. */
  sum(step) {
    if (!step || design.pe > 1 || design.lanes > 1) return "";
    const operands = (one) => tapsOf(one).filter((tap) => tap.counts).map((tap) =>
      (tap.real ? imageOf(one.frame)[tap.y][tap.x][one.slice] : layer.fill) * weightOf(one, tap));
    const so = steps.slice(step.at - (step.at % design.beat_steps), step.at + 1).flatMap(operands);
    const extreme = { "max-pool2d": Math.max, "min-pool2d": Math.min }[layer.kind];
    if (extreme)
      return so.length ? `${extreme === Math.max ? "greatest" : "least"} so far <b>${minus(extreme(...so))}</b>` : "";
    if (!run.weights && layer.kind !== "avg-pool2d") return "";
    const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
    const sum = total(so) + (run.bias ? run.bias[step.group] : 0);
    return `adds <b class="mul">${minus(total(operands(step)))}</b>, sum <b>${minus(sum)}</b>`;
  }
}

class OutputView {
  constructor(parent) {
    const [rows, columns] = layer.output, many = layer.filters;
    const digits = longest(outputs.flatMap((output) => output.values));
    const room = many === 1 ? 210 : many === 2 ? 170 : 110;
    const size = Math.max(12, Math.min(60, Math.floor(room / Math.max(rows, columns))));
    this.grids = Array.from({ length: many }, (_, filter) => {
      const figure = document.createElement("figure");
      parent.appendChild(figure);
      if (many > 1) figure.appendChild(Object.assign(document.createElement("figcaption"), { textContent: `${filterWord} ${filter}` }));
      const svg = picture(figure, columns * size, rows * size, `Output, ${filterWord} ${filter}`);
      return Array.from({ length: rows * columns }, (_, at) =>
        cell(svg, (at % columns) * size, Math.floor(at / columns) * size, size, size, digits));
    });
  }

  show(frame, state) {
    const { groups, windows, pe } = design;
    this.grids.forEach((cells, filter) => cells.forEach((part, at) => {
      const output = outputs[(frame * windows + at) * groups + Math.floor(filter / pe)];
      const name = outputState(output, state.cycle);
      setClass(part.group, `cell out ${name}`);
      if (part.text) setText(part.text, ["queued", "leaving", "done"].includes(name) ? minus(output.values[filter % pe]) : "");
    }));
  }
}

function legend(id, entries) {
  document.getElementById(id).innerHTML = entries.filter(Boolean)
    .map(([name, text]) => `<li><i class="swatch ${name}"></i>${text}</li>`).join("");
}
