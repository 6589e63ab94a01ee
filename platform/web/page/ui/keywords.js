// What people type who do not know what a class is called: each word, and parts of names that it means.
// As fold() writes them.
const WORDS = `
happy: smiling face, grinning, beaming, slightly smiling
glad: smiling face, beaming, relieved
joy: tears of joy, smiling face, beaming
smile: smiling face, grinning
grin: grinning, beaming
laugh: laughing, tears of joy, grinning squinting
lol: laughing, tears of joy
lmao: laughing, tears of joy
rofl: rolling on the floor
haha: tears of joy, laughing, grinning squinting
sad: sad, crying face, frowning, disappointed, pensive, broken heart
unhappy: frowning, disappointed, pensive
cry: crying, holding back tears, smiling face with tear
tears: crying, tears of joy, smiling face with tear
depressed: pensive, disappointed, downcast
sorry: pleading, pensive, bowing
angry: angry, enraged, symbols on mouth, steam from nose, pouting
mad: enraged, angry, symbols on mouth
rage: enraged, angry
scared: screaming in fear, fearful, anxious
afraid: fearful, screaming in fear, anxious
shocked: astonished, exploding head, screaming in fear, hushed
surprised: astonished, open mouth, hushed
wow: astonished, star struck, exploding head
omg: astonished, screaming in fear
cool: sunglasses
love: heart eyes, face with hearts, red heart, blowing a kiss, love letter
kiss: kissing, kiss mark, blowing a kiss
flirt: winking, smirking
wink: winking
tired: tired, weary, yawning, sleepy
sleep: sleeping, sleepy, zzz, bed
sick: medical mask, thermometer, nauseated, vomiting
ill: medical mask, thermometer, nauseated
puke: vomiting, nauseated
drunk: woozy
crazy: zany, exploding head
silly: zany, tongue
hmm: thinking
think: thinking, thought balloon
shrug: shrugging
facepalm: facepalming
ok: ok hand, ok button, thumbs up
yes: thumbs up, check mark
no: thumbs down, cross mark, gesturing no
like: thumbs up, heart
dislike: thumbs down
thanks: folded hands
please: folded hands, pleading
pray: folded hands
hi: waving hand
hello: waving hand
bye: waving hand
hug: open hands, hugging
clap: clapping
strong: biceps
poop: pile of poo
shit: pile of poo
devil: horns, imp
angel: halo, angel
dead: skull, crossed out eyes, coffin
death: skull, coffin, headstone
party: partying, party popper, confetti, balloon
birthday: birthday cake, wrapped gift, balloon
xmas: christmas, santa
halloween: jack o lantern, ghost, bat
fire: fire, heart on fire
hot: hot face, fire, sun
cold: cold face, snowflake
rain: cloud with rain, umbrella
snow: snowflake, snowman
weather: sun, cloud, rain, snow
money: money, dollar, coin
rich: money, gem stone
car: automobile, sport utility vehicle, racing car, police car
bike: bicycle, motorcycle
plane: airplane
boat: sailboat, ship, canoe
train: locomotive, train, metro
pc: laptop, desktop computer
computer: laptop, desktop computer
phone: mobile phone, telephone
music: musical note, headphone, guitar
beer: beer
drink: beverage, cocktail, beer, wine glass
coffee: hot beverage
food: hamburger, pizza, fork and knife
fastfood: hamburger, french fries, pizza
fruit: grapes, apple, banana, strawberry
puppy: dog face
kitty: cat face
kitten: cat face
bunny: rabbit
bug: lady beetle, beetle, ant
bird: bird, eagle, penguin
flower: blossom, rose, tulip, sunflower
plant: seedling, potted plant
tree: tree
football: soccer ball, american football
win: trophy, 1st place
winner: trophy, 1st place
idea: light bulb
warning: warning
stop: stop sign, prohibited
recycle: recycling
usa: flag united states
us: flag united states
america: flag united states, americas
uk: flag united kingdom
britain: flag united kingdom
england: flag england, flag united kingdom
eu: flag european union
europe: flag european union, europe africa
uae: flag united arab emirates
holland: flag netherlands
korea: flag south korea, flag north korea
lgbt: rainbow flag, transgender flag
pride: rainbow flag, transgender flag
`;

/** @type {Map<string, string[]>} */
export const MEANT = new Map(
  WORDS.trim()
    .split('\n')
    .map((line) => line.split(': '))
    .map(([word, names]) => [word, names.split(', ')]),
);

/** Whether one letter too many, missing, wrong or swapped with its neighbour makes one word of the other. */
export function isTypo(typed, word) {
  if (Math.abs(typed.length - word.length) > 1) return false;
  let start = 0,
    end = 0;
  const least = Math.min(typed.length, word.length);
  while (start < least && typed[start] === word[start]) start++;
  while (end < least - start && typed.at(-1 - end) === word.at(-1 - end)) end++;
  const left = typed.slice(start, typed.length - end),
    right = word.slice(start, word.length - end);
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
