"use strict";
/* The plots. Each draws the rows it is given; marks that would lie on each other are one mark. */

const MOST_MARKS = 2500; // of one plot; more make a browser slow and no reader wiser
const coarse = matchMedia("(pointer: coarse)").matches;

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const strides = [...new Set(about.families.flatMap((family) => family.strides))].sort((a, b) => {
  const key = (name) => name.split("×").map(Number);
  const [rowsA, acrossA = rowsA] = key(a), [rowsB, acrossB = rowsB] = key(b);
  return rowsA * acrossA - rowsB * acrossB || rowsA - rowsB;
});
const strideColour = (name) => css(`--stride-${(strides.indexOf(name) % 6) + 1}`);
const strideSymbol = (name) => SYMBOLS[(strides.indexOf(name) + Math.floor(strides.indexOf(name) / 6)) % 6];
const budgetColour = (index, count) => css(`--budget-${count === 1 ? 4 : Math.round(1 + (index * 4) / (count - 1))}`);

/* ---- what all plots share ------------------------------------------------------------------------------ */

function layout(changes) {
  const axis = {
    gridcolor: css("--faint"), linecolor: css("--line"), zeroline: false, tickcolor: css("--line"),
    automargin: true, title: { standoff: 8 },
  };
  const { xaxis, yaxis, ...rest } = changes;
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: css("--muted") },
    margin: { l: 52, r: 12, t: 8, b: 40 }, hovermode: "closest", showlegend: false,
    hoverlabel: { bgcolor: css("--card"), bordercolor: css("--line"), align: "left",
                  font: { color: css("--ink"), size: 12, family: getComputedStyle(document.body).fontFamily } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: css("--muted"), activecolor: css("--accent") },
    newselection: { line: { color: css("--ink"), width: 1.2, dash: "dot" } },
    xaxis: { ...axis, ...xaxis }, yaxis: { ...axis, ...yaxis }, ...rest,
  };
}

const config = (selects) => ({
  displaylogo: false, doubleClick: "reset",
  modeBarButtons: [[...(selects ? ["select2d", "lasso2d"] : []), "zoom2d", "resetScale2d", "toImage"]],
});

/** Ticks at 1, 2, 5 where there is room, with k and M; linear where a logarithm would show no tick, unless `always`. */
function logarithmic(values, wide, always) {
  const [low, high] = extent(values);
  const decades = Math.log10(high / low);
  const tickformat = low < 1 ? ",.3~r" : ".3~s"; // a half is 0.5, not 500m
  // Values that are nearly alike would have ticks of the same text, one above the other: those begin at 0.
  const rangemode = high < 1.05 * low ? "tozero" : "normal";
  if (decades < 0.7 && !always) return { type: "linear", tickformat, rangemode, nticks: 6 };
  return { type: "log", tickformat, dtick: decades < 0.7 ? "D1" : decades < (wide ? 3.2 : 2.2) ? "D2" : 1 };
}

function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) if (value > 0) { low = Math.min(low, value); high = Math.max(high, value); }
  return low <= high ? [low, high] : [1, 10];
}

/** Short: the card has the rest. */
function hover(row, more = "") {
  const at = (name) => columns[name](row);
  const told = (name) => shown(MEANING.find((meaning) => meaning.name === name), row);
  return `<b>stride ${at("stride")}, ${whole(at("multipliers"))} multiplier${at("multipliers") === 1 ? "" : "s"}</b>` +
    `<br>lanes ${at("lanes")}, pe ${at("pe")}, taps ${at("taps")}, fold ${whole(at("fold"))}` +
    `<br>interval ${told("interval")} cycles, ${told("fps")} frames/s, ${told("utilisation")} busy` +
    `<br>buffer ${told("buffer_bits")} bit` +
    `<br>timing: ${timing(row)}${at("synthesised") ? ", area: synthesised" : ""}${more}`;
}

/** One mark for rows of a series that lie within a few pixels of each other; `places[i]` are its rows. */
function gather(rows, x, y, series, box) {
  for (let cell = 3; ; cell *= 1.5) {
    const groups = new Map();
    for (const row of rows) {
      const px = Math.round(box.x(x(row)) / cell), py = Math.round(box.y(y(row)) / cell);
      const key = `${px},${py},${series(row)}`;
      const group = groups.get(key);
      if (group) group.push(row); else groups.set(key, [row]);
    }
    if (groups.size <= MOST_MARKS || cell > 100) return [...groups.values()];
  }
}

/** Data to pixels, well enough to know what would overlap. */
function pixels(element, xs, ys, logX, logY) {
  const scale = (values, length, log) => {
    const [low, high] = extent(values), map = log ? Math.log : Number;
    const unit = length / (map(high) - map(low) || 1);
    return (value) => map(value) * unit;
  };
  return { x: scale(xs, element.clientWidth || 500, logX), y: scale(ys, element.clientHeight || 340, logY) };
}

/** Marks by stride: of each mark the front's design is told, or else the fastest. */
function scatter(element, rows, x, y, logX, logY) {
  const known = rows.filter((row) => x(row) > 0 && y(row) > 0);
  const xs = known.map(x), ys = known.map(y);
  const box = pixels(element, xs, ys, logX, logY);
  const series = (row) => `${columns.stride(row)}|${columns.front(row)}`;
  const places = gather(known, x, y, series, box);
  const traces = [], of = [];
  for (const front of [false, true])
    for (const stride of strides) {
      const mine = places.filter(([row]) => columns.stride(row) === stride && columns.front(row) === front);
      if (!mine.length) continue;
      for (const group of mine) group.sort((a, b) => columns.fps(b) - columns.fps(a) || a - b);
      of.push(mine);
      traces.push({
        type: "scatter", mode: "markers", name: `stride ${stride}`,
        x: mine.map(([row]) => x(row)), y: mine.map(([row]) => y(row)),
        customdata: mine.map(([row]) => row),
        hovertext: mine.map((group) => hover(group[0],
          group.length > 1 ? `<br>and ${whole(group.length - 1)} more at this place` : "")),
        hoverinfo: "text",
        marker: { symbol: strideSymbol(stride), color: strideColour(stride), size: front ? 9 : 5,
                  opacity: front ? 1 : 0.28, line: { width: front ? 1 : 0, color: css("--card") } },
        selected: { marker: { opacity: 1 } }, unselected: { marker: { opacity: 0.08 } },
      });
    }
  const legend = byStride(known).map(([stride]) => (
    { text: `stride ${stride}`, colour: strideColour(stride), symbol: strideSymbol(stride) }));
  return { traces, of, xs, ys, legend };
}

const places = {}; // rows behind the marks, by plot, trace and point

function finish(element, traces, changed, selects) {
  element.classList.remove("empty");
  if (element.dataset.says) { element.textContent = ""; delete element.dataset.says; }
  // A browser lays the page out for paper only after this drawing.
  const paper = table.onPaper ? { autosize: false, ...PAPER } : {};
  Plotly.react(element, traces, { ...layout(changed), ...paper }, config(selects));
}

function nothing(element, text) {
  drawLegend(element, []);
  if (element.data) Plotly.purge(element);
  element.classList.add("empty");
  element.dataset.says = "1";
  element.textContent = text;
  places[element.id] = [];
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

function byStride(rows) {
  const found = new Map();
  for (const row of rows) {
    const stride = columns.stride(row);
    if (!found.has(stride)) found.set(stride, []);
    found.get(stride).push(row);
  }
  return strides.filter((stride) => found.has(stride)).map((stride) => [stride, found.get(stride)]);
}

/** A line through designs, one for each stride; hollow marks come from the timing model alone. */
function line(name, points, value, colour, extra = {}) {
  return {
    type: "scatter", mode: "lines+markers", name, x: points.map(([stride]) => stride),
    y: points.map(([, row]) => value(row)), customdata: points.map(([, row]) => row),
    hovertext: points.map(([, row]) => hover(row)), hoverinfo: "text",
    line: { color: colour, width: 2 },
    marker: { size: 8, symbol: extra.symbol ?? "circle", line: { color: colour, width: 2 },
              color: points.map(([, row]) => (columns.simulated(row) ? colour : css("--card"))) },
    ...extra.trace,
  };
}

function budgetLines(rows, family, value) {
  const groups = byStride(rows), traces = [], of = [];
  family.budgets.forEach((budget, index) => {
    const points = groups.map(([stride, mine]) => [stride, fastestOf(mine, budget)]).filter(([, row]) => row >= 0);
    if (!points.length) return;
    traces.push(line(short(budget), points, value, budgetColour(index, family.budgets.length),
                     { symbol: SYMBOLS[index % 6] }));
    of.push(points.map(([, row]) => [row]));
  });
  return { traces, of, groups };
}

const PAPER = { width: 336, height: 270 }; // two plots on a line, as page.css has it
const widthOf = (element) => (table.onPaper ? PAPER.width : element.clientWidth || 500);

/** With room for a label before the first stride. */
const strideAxis = (groups, element) => ({
  type: "category", categoryorder: "array", categoryarray: groups.map(([stride]) => stride), title: { text: "stride" },
  range: [-0.15 - (70 / widthOf(element)) * groups.length, groups.length - 0.7], gridcolor: "rgba(0,0,0,0)",
});

function throughput(element, rows, family) {
  const { traces, of, groups } = budgetLines(rows, family, columns.fps);
  if (!traces.length) return nothing(element, "No design with a known interval.");
  const inked = [...traces];
  for (const trace of inked) {
    trace.mode = "lines+markers+text";
    trace.text = trace.x.map((_, at) => (at ? "" : `${trace.name}\u2003`));
    trace.textposition = "middle left";
    trace.textfont = { color: css("--ink"), size: 12 };
  }
  for (const trace of inked) {
    traces.push({
      type: "scatter", mode: "markers", x: trace.x, y: trace.customdata.map(columns.bound_fps), hoverinfo: "skip",
      marker: { symbol: "line-ew-open", size: 14, color: trace.line.color, line: { width: 1.5 } },
      name: "bound",
    });
  }
  const pace = Math.max(...rows.map(columns.pace_fps));
  traces.push({
    type: "scatter", mode: "lines", x: groups.map(([stride]) => stride), y: groups.map(() => pace),
    line: { color: css("--pace"), width: 1.5, dash: "dash" }, name: "one beat per cycle", hoverinfo: "skip",
  });
  places.throughput = of;
  drawLegend(element, [
    { text: "fastest with so many multipliers", colour: inked.at(-1).line.color, symbol: "circle", line: true },
    { text: "bound", colour: inked.at(-1).line.color, tick: true },
    { text: "one beat per cycle", colour: css("--pace"), dash: true },
  ]);
  const all = traces.flatMap((trace) => trace.y);
  finish(element, traces, {
    xaxis: strideAxis(groups, element), yaxis: { ...logarithmic(all), title: { text: "frames per second" } },
  });
  label(element, `Frames per second against stride, one line for each of ${inked.length} numbers of multipliers`);
}

function utilisation(element, rows, family) {
  const { traces, of, groups } = budgetLines(rows, family, (row) => columns.utilisation(row) * 100);
  if (!traces.length) return nothing(element, "No design with a known interval.");
  const fitting = groups.map(([stride, mine]) => [stride, cheapestAtPace(mine)]).filter(([, row]) => row >= 0);
  if (fitting.length) {
    traces.push(line("cut to the input's pace", fitting, (row) => columns.utilisation(row) * 100, css("--pace"), {
      symbol: "diamond", trace: { line: { color: css("--pace"), width: 3 }, mode: "lines+markers+text",
        text: fitting.map(([, row]) => whole(columns.multipliers(row))), textposition: "top center",
        // Lines pass behind the numbers.
        textfont: { color: css("--ink"), size: 12, shadow: Array(4).fill(`0 0 2px ${css("--card")}`).join(", ") } },
    }));
    of.push(fitting.map(([, row]) => [row]));
  }
  places.utilisation = of;
  drawLegend(element, traces.map((trace) => (
    { text: trace.name, colour: trace.line.color, symbol: trace.marker.symbol, line: true })), "multipliers:");
  finish(element, traces, {
    xaxis: strideAxis(groups, element),
    yaxis: { title: { text: "busy multipliers (%)" }, range: [0, 112], tickvals: [0, 25, 50, 75, 100] },
  });
  label(element, "Utilisation against stride, for the same numbers of multipliers and for designs cut to the input's pace");
}

/* ---- trade-offs ------------------------------------------------------------------------------------------ */

const AGAINST = {
  buffer_bits: "buffer (bit)", interval: "interval (cycles per frame)", fps: "frames per second",
};

/** For each stride, what the next multiplier saves in buffer while one beat per cycle still gets in. */
function edgesAtPace(rows) {
  const keeping = rows.filter(columns.pace);
  // More lanes are another, faster pace.
  const lanes = Math.min(...keeping.map(columns.lanes));
  return byStride(keeping.filter((row) => columns.lanes(row) === lanes)).flatMap(([stride, mine]) => {
    const edge = [];
    for (const row of [...mine].sort((a, b) => columns.multipliers(a) - columns.multipliers(b) ||
        columns.buffer_bits(a) - columns.buffer_bits(b)))
      if (!edge.length || columns.buffer_bits(row) < columns.buffer_bits(edge.at(-1))) edge.push(row);
    return edge.length < 2 ? [] : [{
      type: "scatter", mode: "lines", x: edge.map(columns.multipliers), y: edge.map(columns.buffer_bits),
      line: { color: strideColour(stride), width: 2, shape: "hv" }, hoverinfo: "skip",
    }];
  });
}

function tradeoff(element, rows) {
  const { value: against, selectedOptions: [{ text }] } = document.getElementById("against");
  document.getElementById("against-name").textContent = text;
  const { traces, of, xs, ys, legend } = scatter(element, rows, columns.multipliers, columns[against], true, true);
  if (!traces.length) return nothing(element, "No design with known figures.");
  const edges = against === "buffer_bits" ? edgesAtPace(rows) : [];
  places.tradeoff = [...edges.map(() => []), ...of];
  drawLegend(element, [...legend,
    ...(edges.length ? [{ text: "edge of those at the input's pace", colour: css("--muted"), line: true }] : [])]);
  traces.unshift(...edges);
  finish(element, traces, {
    xaxis: { ...logarithmic(xs, true), title: { text: "multipliers" } },
    yaxis: { ...logarithmic(ys), title: { text: AGAINST[against] } },
    dragmode: coarse ? false : "select", uirevision: against, selectionrevision: Math.random(),
  }, true);
  label(element, `Multipliers against ${AGAINST[against]}, ${whole(rows.length)} designs, coloured by stride`);
}

function roofline(element, rows, family) {
  const { traces, of, xs, ys, legend } = scatter(element, rows, columns.intensity, columns.performance, true, true);
  if (!traces.length) return nothing(element, "No design with a known interval.");
  const [left, right] = extent(xs), low = left / 1.6, high = right * 1.6;
  const [bottom, top] = extent(ys);
  const slope = { x: [low, high], y: [low, high] };
  const roofs = (family ? family.budgets : []).map((budget, index, all) => ({
    type: "scatter", mode: "lines", x: [Math.max(low, budget), high], y: [budget, budget], hoverinfo: "skip",
    showlegend: false, line: { color: budgetColour(index, all.length), width: 1.5 },
  })).filter((roof) => roof.y[0] < high);
  const input = {
    type: "scatter", mode: "lines", ...slope, name: "input: one beat per cycle", hoverinfo: "skip",
    line: { color: css("--pace"), width: 1.5, dash: "dash" },
  };
  const annotations = roofs.map(({ y: [count] }) => ({
    xref: "paper", x: 1, xanchor: "left", xshift: 4, y: Math.log10(count), yanchor: "middle", text: short(count),
    showarrow: false, font: { size: 11, color: css("--muted") },
  }));
  places.roofline = [...roofs.map(() => []), [], ...of];
  drawLegend(element, [...legend, { text: "input: one beat per cycle", colour: css("--pace"), dash: true },
    ...(roofs.length ? [{ text: "roof of so many multipliers", colour: roofs.at(-1).line.color, line: true }] : [])]);
  finish(element, [...roofs, input, ...traces], {
    xaxis: { ...logarithmic([low, high], true, true), title: { text: "arithmetic intensity (MACs per input beat)" },
             range: [Math.log10(low), Math.log10(high)] },
    yaxis: { ...logarithmic([bottom, top], false, true), title: { text: "performance (MACs per cycle)" },
             range: [Math.log10(bottom / 1.5), Math.log10(Math.max(top, ...roofs.map((roof) => roof.y[0])) * 1.7)] },
    margin: { l: 52, r: 46, t: 8, b: 40 }, annotations,
    dragmode: coarse ? false : "select", selectionrevision: Math.random(),
  }, true);
  label(element, "Roofline: MACs per cycle against MACs per input beat; the slope is the input, flat roofs are multipliers");
}

const label = (element, text) => element.setAttribute("aria-label", text);

const CHARTS = { throughput, utilisation, tradeoff, roofline };
const SELECTS = ["tradeoff", "roofline"];

/** Marks that hold any of the rows stand out; without rows all marks do. */
function emphasise(rows) {
  for (const id of SELECTS) {
    const element = document.getElementById(id);
    if (!element.data || !places[id]?.length) continue;
    const which = places[id].map((groups) => (rows === null || !groups.length ? null
      : groups.flatMap((group, at) => (group.some((row) => rows.has(row)) ? [at] : []))));
    Plotly.restyle(element, { selectedpoints: which });
  }
}
