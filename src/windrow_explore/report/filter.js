"use strict";
/* The filter: terms such as multipliers<=16 stride=1,2 busy>50% front !verified, all of which must hold. */

const ALIASES = {
  buffer: "buffer_bits", clock: "clock_mhz", fmax: "fmax_mhz", rate: "fps", busy: "utilisation",
  pareto: "front", ram: "bram", mult: "multipliers",
};
const FILTERABLE = [...new Set([...MEANING.map(({ name }) => name), "simulated", "synthesised", "height",
  "width", "in_channels", "out_channels", "out_height", "out_width", "macs"])].filter(has);
const TERM = /^(!?)([a-z_]+)(?:(<=|>=|!=|=|<|>|~)(.+))?$/;

/** `{test, error}`: a function from the row to whether it stays, or what is wrong with the text. */
function readFilter(text) {
  const tests = [];
  const terms = text.toLowerCase().replace(/\s*(<=|>=|!=|=|<|>|~)\s*/g, "$1").split(/\s+/).filter(Boolean);
  for (const term of terms) {
    const found = TERM.exec(term);
    if (!found) return { error: `“${term}” is no term; terms look like multipliers<=16` };
    const [, not, word, sign, value] = found;
    const name = ALIASES[word] ?? word;
    if (!FILTERABLE.includes(name)) return { error: `no column “${word}”; ${nearest(word)}` };
    const test = sign ? comparison(name, sign, value) : flag(name);
    if (typeof test === "string") return { error: test };
    tests.push(not ? (row) => !test(row) : test);
  }
  return { test: (row) => tests.every((test) => test(row)), terms: terms.length };
}

function flag(name) {
  const sample = columns[name](0);
  if (typeof sample !== "boolean") return `“${name}” needs a value, such as ${name}=${order(name, 0)}`;
  return columns[name];
}

function comparison(name, sign, text) {
  if (typeof columns[name](0) === "boolean") return `“${name}” stands alone: ${name}, or !${name}`;
  const values = text.split(",");
  if (sign === "~") return (row) => String(columns[name](row)).toLowerCase().includes(text);
  if (isText(name) && (sign === "=" || sign === "!=")) {
    const wanted = new Set(values.map((value) => value.replace("x", "×")));
    const there = (row) => wanted.has(String(columns[name](row)).toLowerCase());
    return sign === "=" ? there : (row) => !there(row);
  }
  const numbers = values.map((each) => readNumber(each, name));
  const wrong = numbers.findIndex(Number.isNaN);
  if (wrong >= 0) return `“${values[wrong]}” is not a number`;
  if (sign === "=" || sign === "!=") {
    const there = (row) => numbers.some((number) => Math.abs(columns[name](row) - number) <= 1e-9 * Math.abs(number));
    return sign === "=" ? there : (row) => !there(row);
  }
  if (numbers.length > 1) return `“${sign}” compares with one number, not with “${text}”`;
  const value = name === "stride"
    ? (row) => Math.max(columns.stride_h(row), columns.stride_w(row)) : (row) => columns[name](row);
  const [limit] = numbers;
  // An interval of -1 is one that nobody knows; it is not below anything.
  const counts = (row) => known(value(row)) && value(row) >= 0;
  if (sign === "<=") return (row) => counts(row) && value(row) <= limit;
  if (sign === ">=") return (row) => counts(row) && value(row) >= limit;
  if (sign === "<") return (row) => counts(row) && value(row) < limit;
  return (row) => counts(row) && value(row) > limit;
}

const isText = (name) => typeof columns[name](0) === "string";

const UNITS = { "%": 0.01, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

/** `16`, `1.5k`, `2M`, `64Ki`, `50%`, and of bits `18kb`, as on the command line */
function readNumber(text, name) {
  const found = /^(-?\d*\.?\d+(?:e\d+)?)(%|[kmg]i?)?(b?)$/.exec(text);
  const bits = found && found[3] && !name.endsWith("_bits");
  return found && !bits ? Number(found[1]) * (UNITS[found[2]] ?? 1) : NaN;
}

function nearest(word) {
  const start = FILTERABLE.filter((name) => name.startsWith(word[0]));
  return `there are ${(start.length ? start : FILTERABLE).join(", ")}`;
}
