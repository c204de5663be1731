"use strict";
/* The plots. Each draws the rows it is given; marks that would lie on each other are one mark. */

const MOST_MARKS = 2500; // of one plot; more make a browser slow and no reader wiser
const MOST_BUDGETS = 5;
const PAPER = { width: 336, height: 270 }; // two plots on a line, as page.css has it
const coarse = matchMedia("(pointer: coarse)").matches;

const strides = [...new Set(about.families.flatMap((family) => family.strides))].sort((a, b) => {
  const key = (name) => name.split("×").map(Number);
  const [rowsA, acrossA = rowsA] = key(a), [rowsB, acrossB = rowsB] = key(b);
  return rowsA * acrossA - rowsB * acrossB || rowsA - rowsB;
});
const strideColour = (name) => `var(--stride-${(strides.indexOf(name) % 6) + 1})`;
const strideSymbol = (name) => SYMBOLS[(strides.indexOf(name) + Math.floor(strides.indexOf(name) / 6)) % 6];
const budgetColour = (index, count) => `var(--budget-${count === 1 ? 4 : Math.round(1 + (index * 4) / (count - 1))})`;

/* ---- what all plots share ------------------------------------------------------------------------------ */

/** Short: the card has the rest. */
function hover(row, more = "") {
  const at = (name) => columns[name](row);
  const told = (name) => shown(MEANING.find((meaning) => meaning.name === name), row);
  return `<b>stride ${at("stride")}, ${countText(row)}</b>` +
    `<br>${has("pixels") && at("pixels") > 1 ? `pixels ${at("pixels")}, ` : ""}lanes ${at("lanes")}, pe ${at("pe")}, taps ${at("taps")}, fold ${whole(at("fold"))}` +
    `<br>interval ${told("interval")} cycles, ${told("fps")} frames/s, ${told("utilisation")} busy` +
    `<br>buffer ${told("buffer_bits")} bit` +
    `<br>timing: ${timing(row)}${at("synthesised") ? ", area: synthesised" : ""}${more}`;
}

/** One mark for rows of a series that lie within a few pixels of each other. */
function gather(rows, x, y, series, px, py) {
  for (let cell = 3; ; cell *= 1.5) {
    const groups = new Map();
    for (const row of rows) {
      const key = `${Math.round(px(x(row)) / cell)},${Math.round(py(y(row)) / cell)},${series(row)}`;
      const group = groups.get(key);
      if (group) group.push(row); else groups.set(key, [row]);
    }
    if (groups.size <= MOST_MARKS || cell > 100) return [...groups.values()];
  }
}

/** Marks by stride, those on the front bold, hollow what is known by a bound only. Of each mark the front's design
    is told, or else the fastest. `left` are the rows that have no place here, because a figure is unknown. */
function scatter(element, rows, x, y, axisX, axisY) {
  const known = rows.filter((row) => x(row) > 0 && y(row) > 0);
  const px = scaleOf(axisX, 0, element.clientWidth || 500), py = scaleOf(axisY, element.clientHeight || 330, 0);
  const bounded = (row) => timing(row) === "bound" || (has("buffer_from") && columns.buffer_from(row) === "bound");
  const places = gather(known, x, y, (row) => `${columns.stride(row)}|${columns.front(row)}|${bounded(row)}`, px, py);
  const series = [];
  for (const front of [false, true])
    for (const stride of strides) {
      const groups = places.filter(([row]) => columns.stride(row) === stride && columns.front(row) === front);
      if (!groups.length) continue;
      for (const group of groups) group.sort((a, b) => columns.fps(b) - columns.fps(a) || a - b);
      series.push({
        name: `stride ${stride}`, x: groups.map(([row]) => x(row)), y: groups.map(([row]) => y(row)), groups,
        hollow: groups.map(([row]) => bounded(row)),
        mark: { symbol: strideSymbol(stride), colour: strideColour(stride), size: front ? 10 : 6.5,
                opacity: front ? 1 : 0.6, ring: front },
      });
    }
  const legend = byStride(known).map(([stride]) => (
    { text: `stride ${stride}`, colour: strideColour(stride), symbol: strideSymbol(stride) }));
  if (known.some(bounded)) legend.push({ text: "hollow: a bound", colour: "var(--muted)" });
  return { series, legend, left: rows.length - known.length };
}

/** What a plot has no place for is said beside its title. */
function unplaced(element, count) {
  const note = element.closest(".panel").querySelector(".left");
  note.textContent = count ? `${whole(count)} without known figures not drawn` : "";
}

function byStride(rows) {
  const found = new Map();
  for (const row of rows) {
    const stride = columns.stride(row);
    if (!found.has(stride)) found.set(stride, []);
    found.get(stride).push(row);
  }
  return strides.filter((stride) => found.has(stride)).map((stride) => [stride, found.get(stride)]);
}

/* ---- stride charts --------------------------------------------------------------------------------------- */

function fastestOf(rows, multipliers) {
  let best = -1;
  for (const row of rows) {
    if (columns.multipliers(row) !== multipliers || !timed(row)) continue;
    if (best < 0 || columns.fps(row) > columns.fps(best) || (columns.fps(row) === columns.fps(best) &&
        columns.buffer_bits(row) < columns.buffer_bits(best))) best = row;
  }
  return best;
}

function cheapestAtPace(rows) {
  let best = -1;
  for (const row of rows)
    if (columns.pace(row) && (best < 0 || columns.multipliers(row) < columns.multipliers(best) ||
        (columns.multipliers(row) === columns.multipliers(best) &&
         columns.buffer_bits(row) < columns.buffer_bits(best)))) best = row;
  return best;
}

/** Numbers of multipliers worth a line, of the rows at hand: evenly apart, from the fewest with which every stride
    has a design up to where no further multiplier makes any stride faster. As families.py chooses them. */
function budgetsOf(rows) {
  let least = 0, most = 0;
  const counts = new Set(), known = rows.filter(timed);
  for (const [, mine] of byStride(known)) {
    const best = mine.reduce((high, row) => Math.max(high, columns.fps(row)), 0);
    least = Math.max(least, mine.reduce((low, row) => Math.min(low, columns.multipliers(row)), Infinity));
    most = Math.max(most, mine.reduce((low, row) => (columns.fps(row) === best ? Math.min(low, columns.multipliers(row)) : low), Infinity));
  }
  for (const row of known) if (columns.multipliers(row) >= least && columns.multipliers(row) <= most) counts.add(columns.multipliers(row));
  if (!known.length) return [];
  const sorted = [...counts].sort((a, b) => a - b);
  if (!sorted.length) return [least];
  const aim = (at) => sorted[0] * (sorted.at(-1) / sorted[0]) ** (at / (MOST_BUDGETS - 1));
  const near = (goal) => sorted.reduce((best, count) => (Math.abs(Math.log(count / goal)) < Math.abs(Math.log(best / goal)) + 1e-9 ? count : best));
  return [...new Set(Array.from({ length: MOST_BUDGETS }, (_, at) => near(aim(at))))];
}

/** A line through designs, one for each stride; hollow marks come from the timing model alone. */
function line(name, points, place, value, colour, symbol, width = 2) {
  return {
    name, x: points.map(([stride]) => place.get(stride)), y: points.map(([, row]) => value(row)),
    groups: points.map(([, row]) => [row]), hollow: points.map(([, row]) => !columns.simulated(row)),
    line: { colour, width }, mark: { symbol, colour, size: 8.5 },
  };
}

function budgetLines(rows, value) {
  const groups = byStride(rows), place = new Map(groups.map(([stride], at) => [stride, at])), budgets = budgetsOf(rows);
  const series = budgets.flatMap((budget, index) => {
    const points = groups.map(([stride, mine]) => [stride, fastestOf(mine, budget)]).filter(([, row]) => row >= 0);
    return points.length ? [line(short(budget), points, place, value, budgetColour(index, budgets.length), SYMBOLS[index % 6])] : [];
  });
  return { series, groups, place };
}

/** With room for a label before the first stride. */
function strideAxis(groups, element) {
  const width = table.onPaper ? PAPER.width : element.clientWidth || 500;
  return { title: "stride", names: groups.map(([stride]) => stride),
           range: [-0.15 - (70 / width) * groups.length, groups.length - 0.7] };
}

function throughput(element, rows, family) {
  const { series, groups } = budgetLines(rows, columns.fps);
  unplaced(element, rows.length - rows.filter(timed).length);
  if (!series.length) return emptyPlot(element, "No design with a known interval.");
  for (const each of series) Object.assign(each, { text: each.x.map((_, at) => (at ? "" : each.name)), textAt: "left" });
  const bounds = series.map((each) => ({
    x: each.x, y: each.groups.map(([row]) => columns.bound_fps(row)), mark: { symbol: "tick", colour: each.line.colour, size: 14 },
  }));
  const clock = rows.reduce((high, row) => Math.max(high, columns.clock_mhz(row)), 0), pace = clock * 1e6 / family.pace;
  const ends = strideAxis(groups, element);
  const input = { x: ends.range, y: [pace, pace], line: { colour: "var(--pace)", width: 1.5, dash: true } };
  const shade = series.at(-1).line.colour;
  drawLegend(element, [
    { text: `fastest with so many ${operandsOf(rows)}`, colour: shade, symbol: "circle", line: true },
    { text: "bound of that folding", colour: shade, tick: true },
    { text: `a frame in ${whole(family.pace)} cycles`, colour: "var(--pace)", dash: true },
  ]);
  const all = [input, ...bounds, ...series];
  drawPlot(element, { x: ends, y: axisFor(all.flatMap((each) => each.y), "frames per second"), series: all });
  label(element, `Frames per second against stride, one line for each of ${series.length} numbers of ${operandsOf(rows)}`);
}

function utilisation(element, rows, family) {
  const busy = (row) => columns.utilisation(row) * 100;
  const { series, groups, place } = budgetLines(rows, busy);
  unplaced(element, rows.length - rows.filter(timed).length);
  if (!series.length) return emptyPlot(element, "No design with a known interval.");
  const fitting = groups.map(([stride, mine]) => [stride, cheapestAtPace(mine)]).filter(([, row]) => row >= 0);
  if (fitting.length)
    series.push({ ...line(`fewest for a frame in ${whole(family.pace)} cycles`, fitting, place, busy, "var(--pace)", "diamond", 3),
                  text: fitting.map(([, row]) => whole(columns.multipliers(row))) });
  drawLegend(element, series.map(({ name, line: { colour }, mark: { symbol } }) => ({ text: name, colour, symbol, line: true })),
             `${operandsOf(rows)}:`);
  drawPlot(element, { x: strideAxis(groups, element), series,
                      y: { title: `busy ${operandsOf(rows).split(" ")[0]} (%)`, range: [0, 112], ticks: [0, 25, 50, 75, 100] } });
  label(element, `Utilisation against stride, for the same numbers of ${operandsOf(rows)} and for the fewest that keep the pace`);
}

/* ---- trade-offs ------------------------------------------------------------------------------------------ */

const AGAINST = {
  buffer_bits: "buffer (bit)", interval: "interval (cycles per frame)", fps: "frames per second",
};

/** For each stride, what the next multiplier saves in buffer among designs that keep the pace. */
function edgesAtPace(rows) {
  return byStride(rows.filter(columns.pace)).flatMap(([stride, mine]) => {
    const edge = [];
    for (const row of [...mine].sort((a, b) => columns.multipliers(a) - columns.multipliers(b) ||
        columns.buffer_bits(a) - columns.buffer_bits(b)))
      if (!edge.length || columns.buffer_bits(row) < columns.buffer_bits(edge.at(-1))) edge.push(row);
    return edge.length < 2 ? [] : [{
      x: edge.map(columns.multipliers), y: edge.map(columns.buffer_bits), line: { colour: strideColour(stride), steps: true },
    }];
  });
}

function tradeoff(element, rows) {
  const { value: against, selectedOptions: [{ text }] } = document.getElementById("against");
  document.getElementById("against-name").textContent = text;
  const operands = operandsOf(rows);
  document.getElementById("operands").textContent = operands[0].toUpperCase() + operands.slice(1);
  const axisX = axisFor(rows.map(columns.multipliers), operands, true), axisY = axisFor(rows.map(columns[against]), AGAINST[against]);
  const { series, legend, left } = scatter(element, rows, columns.multipliers, columns[against], axisX, axisY);
  unplaced(element, left);
  if (!series.length) return emptyPlot(element, "No design with known figures.");
  const edges = against === "buffer_bits" ? edgesAtPace(rows) : [];
  drawLegend(element, [...legend,
    ...(edges.length ? [{ text: "edge of those at the pace", colour: "var(--muted)", line: true }] : [])]);
  drawPlot(element, { x: axisX, y: axisY, series: [...edges, ...series] });
  label(element, `Multipliers against ${AGAINST[against]}, ${whole(rows.length)} designs, coloured by stride`);
}

function roofline(element, rows) {
  const [left, right] = extent(rows.map(columns.intensity)), low = left / 1.6, high = right * 1.6;
  const [bottom, top] = extent(rows.map(columns.performance)), budgets = budgetsOf(rows);
  const roofs = budgets.map((budget, index) => ({
    x: [Math.max(low, budget), high], y: [budget, budget], line: { colour: budgetColour(index, budgets.length), width: 1.5 },
  })).filter((roof) => roof.y[0] < high);
  const axisX = { title: "arithmetic intensity (MACs per input beat)", log: true, range: [low, high] };
  const axisY = { title: "performance (MACs per cycle)", log: true,
                  range: [bottom / 1.5, Math.max(top, ...roofs.map((roof) => roof.y[0])) * 1.7] };
  const { series, legend, left: unknown } = scatter(element, rows, columns.intensity, columns.performance, axisX, axisY);
  unplaced(element, unknown);
  if (!series.length) return emptyPlot(element, "No design with a known interval.");
  const input = { x: [low, high], y: [low, high], line: { colour: "var(--pace)", width: 1.5, dash: true } };
  drawLegend(element, [...legend, { text: "input: one beat per cycle", colour: "var(--pace)", dash: true },
    ...(roofs.length ? [{ text: "roof of so many multipliers", colour: roofs.at(-1).line.colour, line: true }] : [])]);
  drawPlot(element, { x: axisX, y: axisY, series: [...roofs, input, ...series],
                      notes: roofs.map(({ y: [count] }) => ({ at: count, text: short(count) })) });
  label(element, "Roofline: MACs per cycle against MACs per input beat; the slope is the input, flat roofs are multipliers");
}

const label = (element, text) => element.setAttribute("aria-label", text);

const CHARTS = { throughput, utilisation, tradeoff, roofline };
const SELECTS = ["tradeoff", "roofline"];
