"use strict";
/* The recorded bits: a signal has one for each cycle, and knows quickly how many come before a cycle. */

const run = JSON.parse(document.getElementById("run").textContent);

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function inflated(text) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const ones = Uint8Array.from({ length: 256 }, (_, byte) => [...byte.toString(2)].filter((bit) => bit === "1").length);
const BLOCK = 32; // bytes from one stored count to the next

class Signal {
  constructor(bytes) {
    this.bytes = bytes;
    this.counts = new Uint32Array(Math.ceil(bytes.length / BLOCK) + 1);
    let count = 0;
    bytes.forEach((byte, at) => {
      if (at % BLOCK === 0) this.counts[at / BLOCK] = count;
      count += ones[byte];
    });
    this.counts[this.counts.length - 1] = count;
    this.total = count;
  }

  at(cycle) { return (this.bytes[cycle >> 3] >> (cycle & 7)) & 1; }

  /** How many cycles before `cycle` have the bit. */
  before(cycle) {
    if (cycle >= run.cycles) return this.total;
    const byte = cycle >> 3, block = Math.floor(byte / BLOCK);
    let count = this.counts[block];
    for (let at = block * BLOCK; at < byte; at++) count += ones[this.bytes[at]];
    return count + ones[this.bytes[byte] & ((1 << (cycle & 7)) - 1)];
  }

  between(first, end) { return this.before(end) - this.before(first); }

  /** The cycle of the bit with this number, counted from 0. */
  when(number) {
    let low = 0, high = run.cycles;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.before(middle + 1) <= number) low = middle + 1; else high = middle;
    }
    return low;
  }
}

const packed = await inflated(run.bits);
const bytesEach = Math.ceil(run.cycles / 8);
const bytesAt = (number) => packed.subarray(number * bytesEach, (number + 1) * bytesEach);
const signal = (number) => new Signal(bytesAt(number));
/** A signal made of others, byte by byte. */
const combined = (rule, ...numbers) => {
  const all = numbers.map(bytesAt);
  const made = Uint8Array.from({ length: bytesEach }, (_, at) => rule(...all.map((bytes) => bytes[at])));
  if (run.cycles % 8) made[bytesEach - 1] &= (1 << (run.cycles % 8)) - 1;
  return new Signal(made);
};
const moved = ({ valid, ready }) => combined((a, b) => a & b, valid, ready);
const held = ({ valid, ready }) => combined((a, b) => a & ~b, valid, ready);
