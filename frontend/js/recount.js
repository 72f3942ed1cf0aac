// Counting a ballot again from what it published, by the published definitions (deliberation/counting.py and
// decision.py). Pure functions: they fetch nothing and touch no page, so that Node can test them beside Python.

const RANKED = new Set(["instant_runoff", "condorcet"]);

/** SHA-256 of bytes as hexadecimal digits. */
export async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The options in the order that a seed draws: by SHA-256 of seed and option. */
export async function drawnOrder(options, seed) {
  const keyed = await Promise.all(
    options.map(async (option) => [await digest(new TextEncoder().encode(`${seed}:${option}`)), option]),
  );
  return keyed.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).map(([, option]) => option);
}

/** The rows of a published file of one column, without its head. */
export function rowsOf(csv) {
  const lines = csv.split("\n").slice(1);
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.startsWith('"') ? line.slice(1, -1).replaceAll('""', '"') : line));
}

/** What a paper says: a word, a number or null, numbers, or pairs of number and points. Throws for none. */
export function readPaper(text, { method, options, most }) {
  if (method === "decision") {
    if (!["yes", "no", "abstain"].includes(text)) throw new Error(text);
    return text;
  }
  const parts = text === "" ? [] : text.split(RANKED.has(method) ? ">" : ",");
  const pairs = parts.map((part) => part.split(":").map(Number));
  const numbers = pairs.map(([number]) => number);
  const isOption = (number) => Number.isInteger(number) && number >= 1 && number <= options.length;
  if (!numbers.every(isOption) || new Set(numbers).size !== numbers.length) throw new Error(text);
  if (method === "single_choice") {
    if (numbers.length > 1) throw new Error(text);
    return numbers.length ? numbers[0] : null;
  }
  if (method !== "score") return numbers;
  const isPoints = (points) => Number.isInteger(points) && points >= 0 && points <= most;
  if (!pairs.every(([, points]) => isPoints(points))) throw new Error(text);
  return pairs;
}

// --- Whether it decides ----------------------------------------------------------------------------------
/** Whether a part of a whole reaches a threshold, in whole numbers alone; of nothing nothing does. */
export function isMet([numerator, denominator], isInclusive, part, whole) {
  if (whole <= 0n) return false;
  const have = part * BigInt(denominator);
  const need = whole * BigInt(numerator);
  return isInclusive ? have >= need : have > need;
}

function divisor(one, other) {
  return other === 0n ? one : divisor(other, one % other);
}

/** A share as Python writes a fraction: 2/3, 1, 0. */
export function fraction(part, whole) {
  if (whole === 0n) return "0";
  const by = divisor(part, whole) || 1n;
  const [top, bottom] = [part / by, whole / by];
  return bottom === 1n ? `${top}` : `${top}/${bottom}`;
}

/** What votes of heads come to under a rule: whether enough took part, whether it passed, and every figure. */
export function decide(rule, eligible, papers) {
  const sums = { yes: 0n, no: 0n, abstain: 0n };
  for (const paper of papers) sums[paper] += 1n;
  const whole = BigInt(eligible);
  const present = () => sums.yes + sums.no + sums.abstain;
  if (rule.silence && present() > 0n) {
    const side = sums.yes > sums.no ? "yes" : sums.no > sums.yes ? "no" : "abstain";
    sums[side] += whole - present();
  }
  const came = present();
  const quorate = isMet(rule.participation, rule.participationInclusive, came, whole);
  const figures = {
    eligible_heads: `${whole}`,
    present_heads: `${came}`,
    yes_heads: `${sums.yes}`,
    no_heads: `${sums.no}`,
    abstain_heads: `${sums.abstain}`,
    participation_heads: fraction(came, whole),
    approval_heads: fraction(sums.yes, came),
  };
  return { quorate, passed: quorate && isMet(rule.approval, rule.approvalInclusive, sums.yes, came), figures };
}

// --- Options ---------------------------------------------------------------------------------------------
function byTally(order, tallies) {
  const ranking = [...order].sort((one, other) => tallies.get(other) - tallies.get(one) || order.indexOf(one) - order.indexOf(other));
  return { ranking, tallies };
}

function tallied(order, papers) {
  const tallies = new Map(order.map((option) => [option, 0]));
  for (const paper of papers) for (const [option, points] of paper) tallies.set(option, tallies.get(option) + points);
  return byTally(order, tallies);
}

/** Ranked papers, round by round: the fewest goes out, of equally few the last of the published order. */
export function instantRunoff(order, papers) {
  const standing = [...order];
  const out = [];
  for (;;) {
    const votes = new Map(standing.map((option) => [option, 0]));
    for (const paper of papers) {
      const choice = paper.find((option) => votes.has(option));
      if (choice !== undefined) votes.set(choice, votes.get(choice) + 1);
    }
    const ranking = [...standing].sort((one, other) => votes.get(other) - votes.get(one) || order.indexOf(one) - order.indexOf(other));
    const cast = [...votes.values()].reduce((sum, one) => sum + one, 0);
    if (2 * votes.get(ranking[0]) > cast || standing.length === 1) {
      const tallies = new Map([...votes, ...out.map((option) => [option, 0])]);
      return { ranking: [...ranking, ...out.reverse()], tallies };
    }
    const loser = ranking.at(-1);
    standing.splice(standing.indexOf(loser), 1);
    out.push(loser);
  }
}

/** Ranked papers by duels; Schulze's method by winning votes, ties by the published order. */
export function condorcet(order, papers) {
  const size = order.length;
  const table = () => order.map(() => new Array(size).fill(0));
  const duels = table();
  for (const paper of papers) {
    const place = order.map((option) => (paper.includes(option) ? paper.indexOf(option) : size));
    for (let one = 0; one < size; one++) for (let other = 0; other < size; other++) if (place[one] < place[other]) duels[one][other]++;
  }
  const paths = table();
  for (let one = 0; one < size; one++)
    for (let other = 0; other < size; other++) if (duels[one][other] > duels[other][one]) paths[one][other] = duels[one][other];
  for (let middle = 0; middle < size; middle++)
    for (let one = 0; one < size; one++)
      for (let other = 0; other < size; other++)
        if (one !== other && one !== middle && other !== middle)
          paths[one][other] = Math.max(paths[one][other], Math.min(paths[one][middle], paths[middle][other]));
  const beaten = (rows, one) => order.filter((_option, other) => other !== one && rows[other][one] > rows[one][other]).length;
  const losses = order.map((_option, one) => beaten(paths, one));
  const won = order.map((_option, one) => order.filter((_other, other) => other !== one && duels[one][other] > duels[other][one]).length);
  const places = order.map((_option, place) => place).sort((one, other) => losses[one] - losses[other] || one - other);
  return { ranking: places.map((place) => order[place]), tallies: new Map(order.map((option, place) => [option, won[place]])) };
}

/** The count of papers with options; ties by the order that the published seed draws. */
export async function countOptions(papers, { method, options, seed }) {
  const order = await drawnOrder(options, seed);
  const named = (number) => options[number - 1];
  if (method === "single_choice") return tallied(order, papers.map((one) => (one === null ? [] : [[named(one), 1]])));
  if (method === "approval") return tallied(order, papers.map((one) => one.map((number) => [named(number), 1])));
  if (method === "score") return tallied(order, papers.map((one) => one.map(([number, points]) => [named(number), points])));
  const ranked = papers.map((one) => one.map(named));
  return method === "condorcet" ? condorcet(order, ranked) : instantRunoff(order, ranked);
}

/** The result of a ballot from its papers as text, as its certificate has it. */
export async function recount(texts, ballot) {
  const papers = texts.map((text) => readPaper(text, ballot));
  if (ballot.method === "decision") return { ...decide(ballot.rule, ballot.eligible, papers), winner: "" };
  const { quorate, figures } = decide(ballot.rule, ballot.eligible, papers.map(() => "abstain"));
  const { ranking, tallies } = await countOptions(papers, ballot);
  ballot.options.forEach((option, index) => {
    figures[`option_${index + 1}`] = `${tallies.get(option)}`;
  });
  return { quorate, passed: null, winner: quorate ? ranking[0] : "", figures };
}

/** Whether a certificate says what was counted again; it has further figures that no paper says, such as objections. */
export function isSame(again, certificate) {
  const sameFigures = Object.entries(again.figures).every(([name, value]) => certificate.figures[name] === value);
  return sameFigures && ["passed", "quorate", "winner"].every((name) => again[name] === certificate[name]);
}

/** A receipt as it is written, however somebody typed it. */
export function receiptOf(typed) {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return letters.match(/.{1,4}/g)?.join("-") ?? "";
}
