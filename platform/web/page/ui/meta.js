// The settings that made a picture, as they travel in its PNG text: the same two keys, with the same
// content, as
// the command line's files have, so that `unmask info` and `unmask generate --from` read them.
import {RANGES, shortFloat, validSeed} from './share.js';

/** Room in the fields of the program that reads it, in bytes of UTF-8 without the end. */
function cut(text, room) {
  let short = text;
  while (new TextEncoder().encode(short).length > room) short = [...short].slice(0, -1).join('');
  return short;
}

/**
 * @param {object} made
 * @param {'picture' | 'reveal' | 'step'} made.kind
 * @param {'generate' | 'edit' | 'outpaint'} made.command
 * @param {import('./share.js').Settings} made.settings  complete
 * @param {number} made.step  of kind "step": rounds done
 * @param {number} made.scale  enlargement
 * @param {number} made.width @param {number} made.height  of the file, pixels
 * @param {{name: string, sha256: string, classes: {name: string}[]}} made.model
 * @param {string} made.device @param {string} made.version
 * @returns {[string, string][]} text chunks
 */
export function metaTexts({
  kind,
  command,
  settings,
  step,
  scale,
  width,
  height,
  model,
  device,
  version,
}) {
  const name = cut(model.classes[settings.classIndex]?.name ?? 'class', 255);
  const temperature = shortFloat(settings.temperature),
    choice = shortFloat(settings.choiceTemperature);
  const guidance = shortFloat(settings.cfgScale);
  const fields = [
    ['program', 'unmask'],
    ['format', 1],
    ['kind', kind],
    ['command', command],
    ['seed', BigInt(settings.seed)],
    ['first_image', 0],
    ['classes', String(settings.classIndex)],
    ['class_name', name],
    ['count', 1],
    ['steps', settings.steps],
    ['step', step],
    ['schedule', settings.schedule],
    ['sampler', settings.sampler],
    ['temperature', temperature],
    ['choice_temperature', choice],
    ['cfg_scale', guidance],
    ['scale', scale],
    ['width', width],
    ['height', height],
    ['model', cut(model.name, 255)],
    ['model_sha256', model.sha256],
    ['device', cut(device, 255)],
    ['backend', 'cpu'],
    ['version', cut(version, 31)],
  ];
  const json = fields.map(
    ([key, value]) => `"${key}": ${typeof value === 'string' ? JSON.stringify(value) : value}`,
  );
  const parameters =
    `${name}\nSteps: ${settings.steps}, Sampler: ${settings.sampler}, ` +
    `Schedule: ${settings.schedule}, Temperature: ${temperature}, Choice temperature: ${choice}, ` +
    `CFG scale: ${guidance}, Seed: ${settings.seed}, Size: ${width}x${height}, ` +
    `Model hash: ${model.sha256.slice(0, 10)}, Model: ${model.name}, Version: unmask ${version}`;
  return [
    ['parameters', parameters],
    ['unmask', `{${json.join(', ')}}`],
  ];
}

/** Settings that this page does not offer, and the values that a picture is drawn with here. */
const FIXED = {
  cfg_schedule: 'constant',
  top_k: 0,
  top_p: 1,
  remdm_eta: 0.05,
  remdm_loop: '',
  recheck_rounds: 4,
  recheck_threshold: 0.1,
  step_table: '',
};

function drawnHere(meta) {
  return Object.entries(FIXED).every(([key, value]) => {
    const found = meta[key] ?? value;
    return typeof value === 'number' ? Math.fround(found) === Math.fround(value) : found === value;
  });
}

/**
 * What a picture file says it was drawn with, checked like a link; null if it says nothing, or not that
 * it can be
 * drawn again without another picture. Never throws.
 * @param {Map<string, string>} texts @returns {null | import('./share.js').Link}
 */
export function readMeta(texts) {
  let meta;
  const text = texts.get('unmask') ?? '';
  const seed = /"seed": ?(\d{1,20})[,}]/.exec(text)?.[1];
  try {
    meta = JSON.parse(text);
  } catch {
    return null;
  }
  const inside = (value, [low, high]) => typeof value === 'number' && value >= low && value <= high;
  const whole = Number.isSafeInteger(meta?.steps) && inside(meta.steps, RANGES.steps);
  const reals =
    inside(meta?.temperature, RANGES.temperature) &&
    inside(meta.choice_temperature, RANGES.choiceTemperature) &&
    inside(meta.cfg_scale, RANGES.cfgScale);
  const names = [meta?.schedule, meta?.sampler].every((name) =>
    /^[a-z][a-z0-9_.+-]{0,31}$/.test(name),
  );
  const single =
    meta?.format === 1 &&
    drawnHere(meta) &&
    meta.kind !== 'sheet' &&
    meta.command === 'generate' &&
    meta.first_image === 0 &&
    /^\d{1,6}$/.test(meta.classes);
  if (
    !single ||
    !whole ||
    !reals ||
    !names ||
    !validSeed(seed ?? '') ||
    !/^[0-9a-f]{64}$/.test(meta.model_sha256)
  )
    return null;
  return {
    settings: {
      seed,
      classIndex: Number(meta.classes),
      steps: meta.steps,
      schedule: meta.schedule,
      sampler: meta.sampler,
      temperature: shortFloat(meta.temperature),
      choiceTemperature: shortFloat(meta.choice_temperature),
      cfgScale: shortFloat(meta.cfg_scale),
    },
    changes: [],
    hash: meta.model_sha256.slice(0, 8),
  };
}
