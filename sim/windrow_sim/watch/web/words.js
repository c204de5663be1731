"use strict";
/* The sentence that says what happens in a cycle. Words of a stage carry its colour. */

const several = run.frames > 1;
const filterWord = run.weights ? "filter" : "channel";
const place = (y, x) => `(${y},\u00a0${x})`;
const plural = (count, one) => (count === 1 ? `one ${one}` : `${count} ${one}s`);
const minus = (number) => String(number).replace("-", "\u2212");
const mark = (stage, text) => `<b class="${stage}">${text}</b>`;
/** The frame, where there are several and the sentence has not just named it. */
let named = null;
function ofFrame(frame) {
  if (!several || frame === named) return "";
  named = frame;
  return ` of frame\u00a0${frame}`;
}
const windowName = (step) => `window\u00a0${place(step.row, step.column)}${ofFrame(step.frame)}`;

/** The taps of a step in as few words as possible; none for a whole window. */
function tapWords(step) {
  const taps = tapsOf(step);
  const columns = new Set(taps.map((tap) => tap.kx));
  let words;
  if (taps.length === kernelRows * kernelColumns) words = "";
  else if (taps.length === 1) words = `tap\u00a0${place(taps[0].ky, taps[0].kx)}`;
  else if (columns.size === 1 && taps.length === kernelRows) words = `column\u00a0${taps[0].kx}`;
  else words = `${taps.length} taps`;
  if (design.slices > 1) {
    const first = step.slice * design.lanes;
    words = [words, design.lanes === 1 ? `channel\u00a0${first}` :
      `channels\u00a0${first}\u2013${first + design.lanes - 1}`].filter(Boolean).join(", ");
  }
  return words;
}

function inputWords(state) {
  const { arriving, waiting } = state;
  if (arriving) {
    const { frame, y, x, slice } = pixelOf(arriving);
    const part = design.slices > 1 ? `slice\u00a0${slice} of ` : "";
    const what = mark("arrive", `${part}pixel\u00a0${place(y, x)}`) + ofFrame(frame);
    if (!arriving.stored) return `${what} arrives and is not kept: no window reads it`;
    return `${what} arrives`;
  }
  if (waiting) {
    const { y, x, frame } = pixelOf(waiting);
    return `${mark("wait", `pixel\u00a0${place(y, x)}${ofFrame(frame)} has to wait`)}: the line buffer is full`;
  }
  if (state.paused) return mark("pause", "the source pauses");
  return "all pixels are in";
}

/** Why nothing is issued in this cycle. */
function waitWords(state) {
  const { next, cycle } = state;
  const who = windowName(next);
  const pixel = lastPixel(next);
  const beat = pixel && beatAt(next.frame, pixel.y, pixel.x, design.slices - 1);
  if (beat && beat.accepted > cycle)
    return `${mark("read", who)} still needs pixel\u00a0${place(pixel.y, pixel.x)}`;
  if (!high("credit", cycle)) return `${mark("read", who)} waits for room at the ${mark("leave", "output")}`;
  if (!beat) return `${mark("read", who)}, all padding, waits for its frame`;
  return design.gathers ? `${mark("read", who)} is complete and about to start` :
    `${mark("read", who)} waits for its columns`;
}

function arrayWords(state) {
  const { reading, multiplying, fetching, next } = state;
  const parts = [];
  if (fetching)
    parts.push(`${mark("fetch", `column\u00a0${fetching.column}`)} is fetched for window row\u00a0${fetching.row}` +
      ofFrame(fetching.frame));
  if (reading && multiplying) {
    const same = ["frame", "row", "column"].every((key) => reading[key] === multiplying[key]);
    const read = mark("read", stepWords(reading));
    const work = mark("mul", (same && tapWords(multiplying)) || stepWords(multiplying));
    parts.push(`${read} ${are(reading)} read while ${work} ${are(multiplying)} ${layer.work.done}`);
  } else if (reading) {
    parts.push(`${mark("read", stepWords(reading))} ${are(reading)} read`);
  } else {
    if (multiplying)
      parts.push(`${mark("mul", stepWords(multiplying))} ${are(multiplying)} ${layer.work.done}`);
    if (next) parts.push(waitWords(state));
  }
  return parts;
}

const stepWords = (step) => [tapWords(step), windowName(step)].filter(Boolean).join(" of ");
const are = (step) => (/^\d/.test(tapWords(step)) ? "are" : "is");

function outputWords(state) {
  const { leaving } = state;
  if (leaving) {
    const what = leaving.values.map(minus).join(", ");
    return `${mark("leave", what)} ${leaving.values.length > 1 ? "leave" : "leaves"} as output\u00a0` +
      place(leaving.row, leaving.column) + ofFrame(leaving.frame);
  }
  if (state.blocked) {
    const { row, column } = outputs[state.sent];
    return `${mark("wait", `output\u00a0${place(row, column)} has to wait`)}: the sink is not ready`;
  }
  return "";
}

function sentence(state) {
  named = null;
  const parts = [inputWords(state), ...arrayWords(state), outputWords(state)].filter(Boolean);
  const text = parts.join("; ");
  // The first letter stands behind a tag where the sentence begins with a coloured word.
  return text.replace(/^((?:<[^>]*>)?)(.)/, (_, tag, letter) => tag + letter.toUpperCase()) + ".";
}

/** Under the title: what stride does to this layer, in numbers. */
function facts() {
  const { fold, multipliers, windows, interval, input_beats: input } = design;
  const [sh, sw] = layer.stride;
  const every = (stride, what) => (stride === 1 ? `every ${what}` :
    `every ${stride}${{ 2: "nd", 3: "rd" }[stride] || "th"} ${what}`);
  const grid = sh === sw ? every(sh, "row and column") : `${every(sh, "row")} and ${every(sw, "column")}`;
  const work = fold * windows;
  const busy = work < interval ? `, ${Math.round(100 * work / interval)}\u00a0% busy` :
    interval > input ? "; the input has to wait" : ", never idle";
  const each = run.weights ?
    `${multipliers === 1 ? "One multiplier works" : `${multipliers} multipliers work`} ${plural(fold, "cycle")} on each` :
    `${multipliers === 1 ? "One operand is" : `${multipliers} operands are`} ${layer.work.done} in a cycle, ` +
      `${plural(fold, "cycle")} for each`;
  return `A window starts at ${grid}: ${plural(windows, "window")} for ${layer.height * layer.width} pixels. ` +
    `${each}: ${work} of the ${interval} cycles from frame to frame${busy}.`;
}
