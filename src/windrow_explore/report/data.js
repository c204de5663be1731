"use strict";
/* What the page knows: columns of numbers, what each means, and the commands that make a design again. */

const about = JSON.parse(document.getElementById("data").textContent);
const size = about.shown;

const ARRAYS = {
  u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array,
  f4: Float32Array, f8: Float64Array,
};

/** A column as a function from the row to its value. */
function unpack({ type, data, constant, names, boolean }) {
  if (type === undefined) return Object.assign(() => constant, { constant: true });
  const text = atob(data), bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  const array = new ARRAYS[type](bytes.buffer);
  if (names) return (row) => names[array[row]];
  if (boolean) return (row) => array[row] === 1;
  return (row) => array[row];
}

const columns = {};
for (const [name, packed] of Object.entries(about.columns)) columns[name] = unpack(packed);

const has = (name) => name in columns;
const known = (value) => value !== null && value !== undefined && value !== "" && !Number.isNaN(value);

/* ---- what follows from other columns ------------------------------------------------------------------ */

const pair = (rows, across, sign = "×") => (rows === across ? `${rows}` : `${rows}${sign}${across}`);
const derived = (name, function_) => { columns[name] = function_; };

derived("beats", (row) => columns.height(row) * columns.width(row) * columns.in_channels(row) / columns.lanes(row));
const timing = (row) => (has("timing_from") ? columns.timing_from(row) : "model");
/** Is the interval known, and not only that it is no shorter than a bound? */
const timed = (row) => columns.fps(row) > 0 && timing(row) !== "bound";
/** Does a frame take no longer than its input does, with the fewest lanes of the layer's designs? */
derived("pace", (row) => timed(row) && columns.interval(row) <= about.families[columns.family(row)].pace);
derived("front", (row) => Boolean(columns.pareto(row)));
derived("kernel", (row) => pair(columns.kernel_h(row), columns.kernel_w(row)));
derived("simulated", (row) => timing(row) === "simulated");
derived("synthesised", (row) => has("area_from") && columns.area_from(row) === "synthesised");
derived("intensity", (row) => columns.macs(row) / columns.beats(row));
derived("performance", (row) => (columns.interval(row) > 0 ? columns.macs(row) / columns.interval(row) : NaN));
derived("bound_fps", (row) => columns.clock_mhz(row) * 1e6 / columns.bound(row));

/** Number by which a column is sorted and compared; text stays text. */
function order(name, row) {
  if (name === "stride") return Math.max(columns.stride_h(row), columns.stride_w(row)) +
    Math.min(columns.stride_h(row), columns.stride_w(row)) / 1000;
  if (name === "kernel") return columns.kernel_h(row) * 1000 + columns.kernel_w(row);
  const value = columns[name](row);
  return typeof value === "boolean" ? Number(value) : value;
}

/* ---- names and numbers as people read them ------------------------------------------------------------ */

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const shortened = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const whole = (value) => (value < 0 ? "unknown" : grouped.format(value));
const short = (value) => (value < 1e5 ? whole(value) : shortened.format(value));
const digits = (value) => (value >= 100 ? grouped.format(value) : String(Number(value.toPrecision(3))));
const percent = (value) => `${(value * 100).toFixed(1)} %`;
const yes = (value) => (value ? "yes" : "–");

/** In the order of the table. `unit` stands in the head of the table and behind the number in the card. */
const MEANING = [
  { name: "layer", title: "layer" },
  { name: "kernel", title: "kernel" },
  { name: "stride", title: "stride", always: true },
  { name: "pixels", title: "pixels", help: "neighbours of a row in a beat", show: whole },
  { name: "lanes", title: "lanes", help: "channels per beat", show: whole },
  { name: "pe", title: "pe", help: "filters in parallel", show: whole },
  { name: "taps", title: "taps", help: "window positions in parallel", show: whole },
  { name: "multipliers", title: "multipliers", help: "pe × taps × lanes", show: whole, always: true },
  { name: "fold", title: "fold", help: "cycles per window", show: whole },
  { name: "interval", title: "interval", unit: "cycles", help: "between frames", show: whole, always: true },
  { name: "bound", title: "bound", unit: "cycles", help: "that no design with these lanes, pe and taps beats", show: whole },
  { name: "latency", title: "latency", unit: "cycles", help: "first beat in to first beat out", show: whole },
  { name: "fps", title: "rate", unit: "frames/s", show: digits, always: true },
  { name: "utilisation", title: "busy", help: "utilisation of the multipliers", show: percent, always: true },
  { name: "buffer_pixels", title: "buffer", unit: "pixels", show: whole },
  { name: "buffer_bits", title: "buffer", unit: "bit", show: whole, always: true },
  { name: "gops", title: "GOPS", help: "10⁹ operations a second, two for each MAC", show: digits },
  { name: "latency_us", title: "latency", unit: "µs", help: "first beat in to first beat out", show: digits },
  { name: "bram_estimate", title: "RAM", unit: "estimate", help: "block RAMs without synthesis, of the target or of ECP5", show: whole },
  { name: "dsp_estimate", title: "DSP", unit: "estimate", help: "DSP blocks without synthesis", show: whole },
  { name: "front", title: "front", help: "no other design is better in every objective", show: yes },
  { name: "pace", title: "at pace", help: "takes a frame in the time in which its input arrives, with the fewest lanes here", show: yes },
  { name: "verified", title: "verified", help: "simulated, and equal to the model", show: yes },
  { name: "clock_mhz", title: "clock", unit: "MHz", show: digits },
  { name: "target", title: "target" },
  { name: "lut", title: "LUT", show: whole },
  { name: "ff", title: "FF", show: whole },
  { name: "bram", title: "RAM", help: "block RAMs", show: whole },
  { name: "dsp", title: "DSP", show: whole },
  { name: "fmax_mhz", title: "Fmax", unit: "MHz", show: digits },
  { name: "timing_from", title: "timing from" },
  { name: "buffer_from", title: "buffer from" },
  { name: "area_from", title: "area from" },
].filter(({ name }) => has(name));

function shown(meaning, row) {
  const value = columns[meaning.name](row);
  if (!known(value)) return "–";
  return limit(meaning.name, row) + (meaning.show ? meaning.show(value) : String(value));
}

/** What is a bound says so. */
function limit(name, row) {
  if (name === "interval" && timing(row) === "bound") return "≥ ";
  if (["fps", "utilisation", "gops"].includes(name) && timing(row) === "bound") return "≤ ";
  if ((name.startsWith("buffer_") || name === "bram_estimate") && has("buffer_from") && columns.buffer_from(row) === "bound") return "≥ ";
  return "";
}

/** Operators with weights. */
const MULTIPLIES = ["conv2d", "conv-transpose2d"];
const multiplies = (row) => !has("operator") || MULTIPLIES.includes(columns.operator(row));

/** What the column "multipliers" counts in these rows. */
const operandsOf = (rows) => (rows.every(multiplies) ? "multipliers" : "operands a cycle");

/** `9 multipliers`; operators without weights have operands. */
function countText(row) {
  const count = columns.multipliers(row), plain = multiplies(row);
  return `${whole(count)} ${plain ? "multiplier" : "operand"}${count === 1 ? "" : "s"}${plain ? "" : " a cycle"}`;
}

/* ---- commands ------------------------------------------------------------------------------------------ */

/** What is known of a row's layer besides its columns; see layers.py. */
const baseOf = (row) => (has("layer") && about.layers[columns.layer(row)]) || null;
const fileOf = (row) => `${String(columns.layer(row)).replace(/[^\w.-]/g, "_")}.toml`;

function layerFlags(row) {
  const at = (name) => columns[name](row), base = baseOf(row);
  const flags = base && base.file ? [`--layer ${fileOf(row)}`] : [`--height ${at("height")}`, `--width ${at("width")}`];
  if (!base || !base.file) {
    if (at("in_channels") !== 1) flags.push(`${base ? base.channels : "--in-channels"} ${at("in_channels")}`);
    if (at("out_channels") !== 1 && (!base || base.channels !== "--channels"))
      flags.push(`--out-channels ${at("out_channels")}`);
    if (base && base.flags) flags.push(base.flags);
    else if (!base && has("groups") && at("groups") !== 1) flags.push(`--groups ${at("groups")}`);
  }
  flags.push(`--kernel-size ${pair(at("kernel_h"), at("kernel_w"), "x")}`);
  flags.push(`--stride ${pair(at("stride_h"), at("stride_w"), "x")}`);
  const sides = ["pad_top", "pad_bottom", "pad_left", "pad_right"].map(at);
  if (sides.some((side) => side !== 0) || (base && base.file))
    flags.push(`--padding ${sides.every((side) => side === sides[0]) ? sides[0] : sides.join(",")}`);
  if (at("dilation_h") !== 1 || at("dilation_w") !== 1 || (base && base.file))
    flags.push(`--dilation ${pair(at("dilation_h"), at("dilation_w"), "x")}`);
  return flags.join(" ");
}

function commands(row) {
  const layer = layerFlags(row), base = baseOf(row), pixels = has("pixels") ? columns.pixels(row) : 1;
  const lanes = `--lanes ${columns.lanes(row)}${pixels > 1 ? ` --pixels ${pixels}` : ""}`;
  return {
    ...(base && base.file ? { file: base.file } : {}),
    simulate: `windrow simulate ${layer} ${lanes} --pe ${columns.pe(row)} --taps ${columns.taps(row)}`,
    plan: `windrow plan ${layer} ${lanes}`,
  };
}

/** `224×224×3 → 112×112×64, kernel 7×7, padding 3` */
function layerText(row) {
  const at = (name) => columns[name](row);
  const sides = ["pad_top", "pad_bottom", "pad_left", "pad_right"].map(at);
  const parts = [
    `${at("height")}×${at("width")}×${at("in_channels")} → ` +
      `${at("out_height")}×${at("out_width")}×${at("out_channels")}`,
    `kernel ${at("kernel_h")}×${at("kernel_w")}`,
  ];
  if (sides.some((side) => side !== 0))
    parts.push(`padding ${sides.every((side) => side === sides[0]) ? sides[0] : sides.join(", ")}`);
  if (at("dilation_h") !== 1 || at("dilation_w") !== 1)
    parts.push(`dilation ${pair(at("dilation_h"), at("dilation_w"))}`);
  if (has("operator") && at("operator") !== "conv2d") parts.unshift(at("operator"));
  else if (has("groups") && at("groups") !== 1) parts.push(`groups ${at("groups")}`);
  return parts.join(", ");
}
