// ONNX Runtime's side of the comparison: node onnx_engine.cjs FOLDER THREADS, with onnxruntime-node where node finds it.
// Obeys the same lines as engine.c.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const ort = require('onnxruntime-node');

const [folder, threads] = process.argv.slice(2);

function inputs(positions, codes, classes) {
  const grid = Math.round(Math.sqrt(positions));
  const ids = new BigInt64Array(positions + 1);
  const tokens = new BigInt64Array(positions);
  ids[0] = BigInt(codes + 207);
  for (let i = 0; i < positions; i++) {
    tokens[i] = BigInt((i * 37 + 11) % codes);
    ids[i + 1] = i % 2 ? tokens[i] : BigInt(codes + classes);
  }
  return {
    forward: new ort.Tensor('int64', ids, [1, positions + 1]),
    decode: new ort.Tensor('int64', tokens, [1, grid, grid]),
  };
}

async function main() {
  const options = { intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: 'sequential',
    graphOptimizationLevel: 'all', executionProviders: ['cpu'] };
  const start = performance.now();
  const given = inputs(Number(process.env.POSITIONS || 256), 1024, 1000);
  const sessions = {};
  for (const pass of ['forward', 'decode']) {
    sessions[pass] = await ort.InferenceSession.create(path.join(folder, `${pass}.onnx`), options);
  }
  const last = {};
  const version = require('onnxruntime-node/package.json').version;
  console.log(`ready ${((performance.now() - start) / 1000).toFixed(3)} ${version}`);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [word, name] = line.split(' ');
    if (sessions[word]) {
      const began = performance.now();
      last[word] = (await sessions[word].run({ in: given[word] })).out.data;
      console.log(((performance.now() - began) / 1000).toFixed(6));
    } else if (word === 'save') {
      for (const pass of Object.keys(last)) {
        fs.writeFileSync(`${name}-${pass}.f32`, Buffer.from(last[pass].buffer, last[pass].byteOffset, last[pass].byteLength));
      }
      console.log('saved');
    } else if (word === 'memory') {
      console.log(String(process.resourceUsage().maxRSS * 1024));
    }
  }
}

main();
