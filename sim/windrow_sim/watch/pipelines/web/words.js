"use strict";
/* The sentence that says what happens in a cycle. Words of a state carry its colour. */

const mark = (name, text) => `<b class="${name}">${text}</b>`;
const place = ({ y, x }) => `(${y},\u00a0${x})`;
const number = (value) => value.toLocaleString("en");
const nameOf = (at) => (at < 0 ? "input" : stages[at].name);

/** Names in words, the first few of many. */
function listed(names, most = 3) {
  const few = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return few.length < 2 ? few.join("") : `${few.slice(0, -1).join(", ")} and ${few[few.length - 1]}`;
}

function inputWords({ source: now, cycle }) {
  if (now.moves) {
    const { frame, y, x } = placeOf(source, now.arrived - 1);
    return `${mark("arrive", `pixel\u00a0${place({ y, x })}`)} of frame\u00a0${frame} arrives`;
  }
  if (now.held) return `${mark("wait", "the input has to wait")}: ${readersOf(-1)} cannot take it`;
  return now.arrived < run.frames * source.beats ? mark("pause", "the source pauses") : "all frames are in";
}

const readersOf = (at) => listed(stages.filter((stage) => stage.inputs.some((input) => input.source === (at < 0 ? "input" : stages[at].name)))
  .map((stage) => stage.name));

/** Why a stage is blocked: the queues that have no room, or the sink. */
function reason({ stage }, state) {
  if (stage.output === sink) return "the sink is not ready";
  const full = queues.filter((queue, at) => queue.source === stage.number &&
    queue.elements - state.queues[at] < queue.write);
  return full.length ? `no room before ${listed(full.map((queue) => nameOf(queue.target)))}` :
    "its results are under way";
}

function stageWords(state) {
  const named = (name) => state.stages.filter((each) => each.doing === name);
  const busy = named("busy"), blocked = named("blocked"), waiting = named("waiting");
  const names = (some) => listed(some.map((each) => each.stage.name));
  return [
    busy.length && `${mark("mul", names(busy))} ${busy.length > 1 ? "work" : "works"}`,
    blocked.length && (blocked.length === 1 ?
      `${mark("wait", names(blocked))} is blocked: ${reason(blocked[0], state)}` : `${mark("wait", names(blocked))} are blocked`),
    waiting.length && `${names(waiting)} ${waiting.length > 1 ? "wait" : "waits"} for input`,
  ];
}

function outputWords(state) {
  const last = state.stages[state.stages.length - 1];
  if (!last.gives) return last.held ? `${mark("wait", "a result has to wait")}: the sink is not ready` : "";
  const { frame } = placeOf(sink, last.sent - 1);
  const ends = last.sent % sink.beats === 0;
  const answer = ends && run.answers ? `: the largest is number\u00a0${run.answers[frame]}` : "";
  return `${mark("leave", ends ? `frame\u00a0${frame} is done` : `a result of frame\u00a0${frame}`)}${ends ? answer : " leaves"}`;
}

function sentence(state) {
  const text = [inputWords(state), ...stageWords(state), outputWords(state)].filter(Boolean).join("; ");
  // The first letter stands behind a tag where the sentence begins with a coloured word.
  return text.replace(/^((?:<[^>]*>)?)(.)/, (_, tag, letter) => tag + letter.toUpperCase()) + ".";
}

/** Under the title: the pace and what sets it. */
function facts() {
  const slowest = stages.filter((stage) => stage.interval === run.bound).map((stage) => stage.name);
  const pace = run.interval === null ? "" : `A frame every ${number(run.interval)}\u00a0cycles, `;
  return `${pace}${pace ? "the" : "The"} first result ${number(run.latency)}\u00a0cycles after the first pixel. ` +
    `${listed(slowest)} ${slowest.length > 1 ? "set" : "sets"} the pace: ${number(run.bound)}\u00a0cycles a frame.`;
}
