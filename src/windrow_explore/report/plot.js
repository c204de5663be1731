"use strict";
/* A plot as SVG: axes whose ticks all have a label, lines, marks, and which mark is under the pointer.

   Colours are CSS variables, so light, dark and paper need no new drawing. Marks of one series are one path:
   ten thousand cost a browser little. What a mark stands for is put into words when somebody points at it. */

const plots = {}; // what each plot shows, by the name of its element
const LETTER = 6.6; // pixels of a figure, about
const REACH = 14; // pixels from a mark at which the pointer means it

/* ---- axes ---------------------------------------------------------------------------------------------- */

const SUFFIX = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];
/** `0.5`, `20`, `1.5k`, `2M` */
function si(value) {
  const [scale, letter] = SUFFIX.find(([least]) => Math.abs(value) >= least * 0.9999) ?? [1, ""];
  return `${Number((value / scale).toPrecision(3))}${letter}`;
}

function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) if (value > 0) { low = Math.min(low, value); high = Math.max(high, value); }
  return low <= high ? [low, high] : [1, 10];
}

/** An axis for values: logarithmic where they differ by more than five times, or always if they must. */
function axisFor(values, title, always = false) {
  const [low, high] = extent(values);
  if (!always && high < 5 * low) return { title, range: high < 1.05 * low ? [0, high * 1.1] : span(low, high) };
  const room = Math.max(1.05, (high / low) ** 0.05);
  return { title, log: true, range: [low / room, high * room] };
}
const span = (low, high) => [Math.max(0, low - 0.06 * (high - low)), high + 0.06 * (high - low)];

/** Places and texts of the ticks; `most` of them have room. */
function ticksOf(axis, most) {
  const [low, high] = axis.range;
  if (axis.names) return axis.names.map((text, at) => ({ at, text }));
  if (axis.ticks) return axis.ticks.map((at) => ({ at, text: si(at) }));
  let found = [];
  if (axis.log && high > 4 * low) {
    const decades = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) decades.push(10 ** power);
    for (const steps of [[1, 2, 5], [1, 3], [1]]) {
      found = decades.flatMap((decade) => steps.map((step) => step * decade)).filter((at) => at >= low && at <= high);
      if (found.length <= most) break;
    }
    while (found.length > most) found = found.filter((_, place) => place % 2 === 0);
  } else {
    const rough = (high - low) / Math.max(2, most - 1), unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((each) => each * unit).find((each) => each >= rough);
    for (let at = Math.ceil(low / step) * step; at <= high * 1.0001; at += step) found.push(Number(at.toPrecision(12)));
  }
  return found.map((at) => ({ at, text: si(at) }));
}

/** From values to pixels, between `start` and `end`. */
function scaleOf({ range: [low, high], log }, start, end) {
  const map = log ? Math.log : Number, unit = (end - start) / (map(high) - map(low) || 1);
  const to = (value) => start + (map(value) - map(low)) * unit;
  const back = (pixel) => { const value = map(low) + (pixel - start) / unit; return log ? Math.exp(value) : value; };
  return Object.assign(to, { back });
}

/* ---- marks --------------------------------------------------------------------------------------------- */

/** Each symbol: from its middle to where its outline begins, and the outline, for a radius of one. */
const OUTLINES = {
  "circle": [-1, 0, [["a", 1, 1, 0, 1, 0, 2, 0], ["a", 1, 1, 0, 1, 0, -2, 0]]],
  "square": [-0.9, -0.9, [["h", 1.8], ["v", 1.8], ["h", -1.8]]],
  "diamond": [0, -1.3, [["l", 1.3, 1.3], ["l", -1.3, 1.3], ["l", -1.3, -1.3]]],
  "triangle-up": [0, -1.15, [["l", 1.1, 2.1], ["h", -2.2]]],
  "cross": [-0.38, -1.1, [["h", 0.76], ["v", 0.72], ["h", 0.72], ["v", 0.76], ["h", -0.72], ["v", 0.72], ["h", -0.76],
                          ["v", -0.72], ["h", -0.72], ["v", -0.76], ["h", 0.72]]],
  "star": [0, -1.35, [["l", 0.4, 0.9], ["l", 0.97, 0.1], ["l", -0.73, 0.65], ["l", 0.2, 0.95], ["l", -0.84, -0.48],
                      ["l", -0.84, 0.48], ["l", 0.2, -0.95], ["l", -0.73, -0.65], ["l", 0.97, -0.1]]],
  "tick": [-1, 0, [["h", 2]]],
};

function outline(symbol, radius) {
  const [dx, dy, steps] = OUTLINES[symbol], size = (number) => Number((number * radius).toFixed(2));
  const path = steps.map(([letter, ...numbers]) => letter + (letter === "a"
    ? [size(numbers[0]), size(numbers[1]), ...numbers.slice(2, 5), size(numbers[5]), size(numbers[6])]
    : numbers.map(size)).join(" ")).join("");
  return (x, y) => `M${(x + dx * radius).toFixed(1)} ${(y + dy * radius).toFixed(1)}${path}${symbol === "tick" ? "" : "z"}`;
}

function svgPart(parent, name, attributes = {}, text) {
  const part = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) part.setAttribute(key, value);
  if (text !== undefined) part.textContent = text;
  return part;
}

/* ---- drawing ------------------------------------------------------------------------------------------- */

/** `spec`: axes x and y, series, and notes beside the plot.

    A series has x and y, and maybe: groups (the rows behind each mark), mark (symbol, size, colour, opacity, ring),
    hollow (of each mark), line (width, dash, steps), text (of each mark) and textAt. */
function drawPlot(element, spec) {
  element.classList.remove("empty");
  plots[element.id] = { ...spec, element, emphasis: null, selection: null };
  paint(plots[element.id]);
  listen(element);
}

function emptyPlot(element, text) {
  drawLegend(element, []);
  delete plots[element.id];
  element.classList.add("empty");
  element.textContent = text;
}

function paint(plot) {
  const { element, x, y, series } = plot;
  const { width, height } = table.onPaper ? PAPER : { width: element.clientWidth || 500, height: element.clientHeight || 330 };
  plot.width = width;
  const yTicks = ticksOf(y, Math.max(3, Math.floor(height / 44)));
  const box = { left: 26 + LETTER * Math.max(...yTicks.map(({ text }) => text.length)), top: 8, bottom: height - 42,
                right: width - (plot.notes?.length ? 46 : 12) };
  const xTicks = ticksOf(x, Math.max(3, Math.floor((box.right - box.left) / 58)));
  const px = scaleOf(x, box.left, box.right), py = scaleOf(y, box.bottom, box.top);
  Object.assign(plot, { box, px, py });
  element.replaceChildren();
  const svg = svgPart(element, "svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  svgPart(svgPart(svg, "clipPath", { id: `inside-${element.id}` }), "rect",
          { x: box.left - 7, y: box.top - 7, width: box.right - box.left + 14, height: box.bottom - box.top + 14 });
  for (const { at, text } of yTicks) {
    svgPart(svg, "path", { class: "grid", d: `M${box.left} ${py(at).toFixed(1)}H${box.right}` });
    svgPart(svg, "text", { class: "ytick", x: box.left - 6, y: py(at) + 4, "text-anchor": "end" }, text);
  }
  for (const { at, text } of xTicks) {
    if (!x.names) svgPart(svg, "path", { class: "grid", d: `M${px(at).toFixed(1)} ${box.top}V${box.bottom}` });
    svgPart(svg, "text", { class: "xtick", x: px(at), y: box.bottom + 17, "text-anchor": "middle" }, text);
  }
  svgPart(svg, "path", { class: "frame", d: `M${box.left} ${box.bottom}H${box.right}` });
  svgPart(svg, "text", { class: "title", x: (box.left + box.right) / 2, y: height - 6, "text-anchor": "middle" }, x.title);
  svgPart(svg, "text", { class: "title", x: 0, y: 0, "text-anchor": "middle",
                         transform: `translate(11 ${(box.top + box.bottom) / 2}) rotate(-90)` }, y.title);
  const inside = svgPart(svg, "g", { "clip-path": `url(#inside-${element.id})` });
  for (const each of series) if (each.line) paintLine(inside, each, px, py);
  for (const each of series) if (each.mark) paintMarks(inside, each, plot);
  for (const each of series) each.text?.forEach((text, at) => text && svgPart(svg, "text", {
    class: "value", x: px(each.x[at]) - (each.textAt === "left" ? 10 : 0),
    y: py(each.y[at]) + (each.textAt === "left" ? 4 : -9), "text-anchor": each.textAt === "left" ? "end" : "middle",
  }, text));
  for (const { at, text } of plot.notes ?? [])
    svgPart(svg, "text", { class: "note", x: box.right + 5, y: py(at) + 4 }, text);
}

function paintLine(inside, { x, y, line }, px, py) {
  const points = x.map((value, at) => [px(value).toFixed(1), py(y[at]).toFixed(1)]);
  const path = points.map(([left, top], at) => (at === 0 ? `M${left} ${top}` : line.steps ? `H${left}V${top}` : `L${left} ${top}`));
  svgPart(inside, "path", { class: "line", d: path.join(""), "stroke-dasharray": line.dash ? "6 4" : undefined,
                            style: `stroke: ${line.colour}; stroke-width: ${line.width ?? 2}` });
}

function paintMarks(inside, { x, y, mark, hollow, groups }, plot) {
  const at = outline(mark.symbol, mark.size / 2), paths = {};
  x.forEach((value, place) => {
    const faint = plot.emphasis && groups && !groups[place].some((row) => plot.emphasis.has(row));
    const key = `${Boolean(hollow?.[place])}${faint ? "faint" : ""}`;
    (paths[key] ??= []).push(at(plot.px(value), plot.py(y[place])));
  });
  for (const [key, parts] of Object.entries(paths)) {
    const empty = key.startsWith("true"), faint = key.endsWith("faint");
    const ring = mark.symbol === "tick" || empty ? mark.colour : mark.ring ? "var(--card)" : "none";
    svgPart(inside, "path", { class: "marks", d: parts.join(""), opacity: faint ? 0.1 : plot.emphasis ? 1 : mark.opacity ?? 1,
      style: `fill: ${mark.symbol === "tick" ? "none" : empty ? "var(--card)" : mark.colour}; stroke: ${ring}; ` +
             `stroke-width: ${mark.symbol === "tick" || empty ? 1.8 : 1}` });
  }
}

/** Marks that hold any of the rows stand out; without rows all marks do. */
function emphasise(rows) {
  for (const id of SELECTS) {
    const plot = plots[id];
    if (!plot || plot.emphasis === rows) continue;
    plot.emphasis = rows;
    paint(plot);
  }
}

/* ---- the pointer --------------------------------------------------------------------------------------- */

const tip = put(document.body, "div", undefined, { id: "tip", hidden: "" });

/** The mark at a place, as its rows: the nearest within reach, and of marks on each other the last drawn. */
function groupAt(plot, left, top) {
  let best = null, least = REACH ** 2;
  for (const { x, y, groups } of plot.series)
    groups?.forEach((group, at) => {
      const distance = (plot.px(x[at]) - left) ** 2 + (plot.py(y[at]) - top) ** 2;
      if (distance <= least) { least = distance; best = group; }
    });
  return best;
}

function listen(element) {
  if (element.dataset.heard) return;
  element.dataset.heard = "1";
  const place = (event) => { const { left, top } = element.getBoundingClientRect(); return [event.clientX - left, event.clientY - top]; };
  let from = null, frame = null;
  const away = () => { tip.hidden = true; };
  element.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.pointerType !== "touch" && SELECTS.includes(element.id) && plots[element.id]) {
      from = place(event);
      element.setPointerCapture(event.pointerId);
    }
  });
  element.addEventListener("pointermove", (event) => {
    const plot = plots[element.id], here = place(event);
    if (!plot) return;
    if (from && Math.hypot(here[0] - from[0], here[1] - from[1]) > 5) {
      away();
      frame ??= svgPart(element.querySelector("svg"), "rect", { class: "selecting" });
      const [left, top] = [Math.min(from[0], here[0]), Math.min(from[1], here[1])];
      for (const [name, value] of Object.entries({ x: left, y: top, width: Math.abs(here[0] - from[0]), height: Math.abs(here[1] - from[1]) }))
        frame.setAttribute(name, value);
      return;
    }
    const group = groupAt(plot, ...here);
    if (!group) return away();
    // A glance fills the card, so that the pointer can go there and copy; a chosen design comes back.
    if (table.chosen === null) showCard(group[0], group);
    tip.innerHTML = hover(group[0], group.length > 1 ? `<br>and ${whole(group.length - 1)} more at this place` : "");
    tip.hidden = false;
    tip.style.left = `${Math.max(8, Math.min(event.pageX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${event.pageY + 16}px`;
  });
  element.addEventListener("pointerleave", away);
  element.addEventListener("pointerup", (event) => {
    const plot = plots[element.id], here = place(event), start = from;
    from = null;
    if (!plot) return;
    if (frame) {
      frame.remove();
      frame = null;
      return selectBetween(plot, start, here);
    }
    const group = groupAt(plot, ...here);
    away();
    if (!group) { if (state.selected) select([]); return; }
    page.choose(group[0], group);
    if (group.length > 1) select(group);
  });
}

function selectBetween(plot, [x0, y0], [x1, y1]) {
  const [left, right, top, bottom] = [Math.min(x0, x1), Math.max(x0, x1), Math.min(y0, y1), Math.max(y0, y1)];
  plot.selection = { x0: plot.px.back(left), x1: plot.px.back(right), y0: plot.py.back(bottom), y1: plot.py.back(top) };
  const rows = plot.series.flatMap(({ x, y, groups }) => (groups ?? []).filter((_, at) => {
    const [across, down] = [plot.px(x[at]), plot.py(y[at])];
    return across >= left && across <= right && down >= top && down <= bottom;
  })).flat();
  if (rows.length) select(rows);
}

/** The plot as a file for slides: its colours as they are now. */
function savePlot(element) {
  const drawn = element.querySelector("svg"), svg = drawn.cloneNode(true);
  svg.setAttribute("xmlns", SVG);
  const now = [...drawn.querySelectorAll("*")], then = [...svg.querySelectorAll("*")];
  now.forEach((part, at) => {
    const style = getComputedStyle(part);
    for (const name of ["fill", "stroke", "stroke-width", "font-family", "font-size"]) then[at].style.setProperty(name, style.getPropertyValue(name));
  });
  saveAs(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }), `${element.id}.svg`);
}
