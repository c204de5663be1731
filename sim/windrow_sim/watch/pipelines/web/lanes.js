"use strict";
/* Timelines: a lane for each row, of the whole run or of the cycles around the one at hand. */

const LANE = 46; // pixels, in height
const spans = [["all", "the whole run", run.cycles], ["frame", "about a frame", Math.min(run.cycles, Math.ceil(run.bound * 1.2))],
  ["256", "256 cycles", 256], ["64", "64 cycles", 64]].filter(([name, , span]) => name === "all" || span < run.cycles);

/** The first cycle and the one after the last that are shown. */
function viewAt(cycle) {
  const span = spans.find(([name]) => name === document.getElementById("zoom").value)[2];
  const first = Math.min(Math.floor(cycle / span) * span, Math.max(0, run.cycles - span));
  return { first, span: Math.min(span, run.cycles) };
}

/** Bars of a signal, as high as the share of its cycles; single cycles stand apart where there is room. */
function bars(context, width, { first, span }, signal, name, y, height, fromTop = false) {
  context.fillStyle = colour(name);
  const columns = Math.min(Math.floor(width), span);
  for (let column = 0; column < columns; column++) {
    const a = first + Math.floor(column * span / columns), b = first + Math.floor((column + 1) * span / columns);
    const share = signal.between(a, b) / (b - a);
    if (!share) continue;
    const x = column * width / columns, wide = width / columns;
    const tall = Math.max(1, height * share);
    context.fillRect(x, fromTop ? y : y + height - tall, wide > 3 ? wide - 1 : Math.ceil(wide), tall);
  }
}

/** Every other frame is shaded, from the last result of a frame to that of the next. */
function frames(context, width, { first, span }, map, height) {
  let start = 0;
  for (let frame = 0; frame < run.frames; frame++) {
    const end = frameEnd(map, frame) + 1;
    const at = (cycle) => Math.max(0, Math.min(width, (cycle - first) * width / span));
    if (frame % 2 === 0) {
      context.fillStyle = colour("faint");
      context.fillRect(at(start), 0, at(end) - at(start), height);
    }
    context.fillStyle = colour("leave");
    if (end > first && end <= first + span) context.fillRect(at(end) - 1.5, 0, 1.5, height);
    start = end;
  }
}

function drawSource(canvas, view) {
  const width = canvas.parentElement.clientWidth, context = sized(canvas, width, LANE);
  frames(context, width, view, source, LANE);
  bars(context, width, view, source.held, "wait-fill", 8, LANE - 16, true);
  bars(context, width, view, source.moved, "arrive", 8, LANE - 16);
}

function drawStage(canvas, view, stage) {
  const width = canvas.parentElement.clientWidth, context = sized(canvas, width, LANE);
  frames(context, width, view, stage.output, LANE);
  const each = 8 / stage.inputs.length;
  stage.inputs.forEach((input, port) => bars(context, width, view, input.moved, "arrive", port * each, each));
  bars(context, width, view, stage.work, "mul", 10, LANE - 20);
  bars(context, width, view, stage.blocked, "wait", 10, LANE - 20, true);
  bars(context, width, view, stage.output.moved, "leave", LANE - 8, 8);
}

/** Over the lanes: when frames are done, and how many cycles lie between. */
function drawRuler(canvas, view) {
  const width = canvas.parentElement.clientWidth, height = 22, context = sized(canvas, width, height);
  const at = (cycle) => (cycle - view.first) * width / view.span;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "center";
  let before = null;
  for (let frame = 0; frame < run.frames; frame++) {
    const end = frameEnd(sink, frame) + 1, x = at(end);
    context.fillStyle = colour("leave");
    context.fillRect(x - 1.5, 2, 1.5, height);
    const from = before === null ? at(0) : at(before);
    const text = before === null ? `frame 0 done after ${number(end)}` : number(end - before);
    const left = Math.max(0, from), right = Math.min(width, x);
    context.fillStyle = colour("muted");
    if (right - left > context.measureText(text).width + 10) context.fillText(text, (left + right) / 2, height / 2);
    before = end;
  }
}
