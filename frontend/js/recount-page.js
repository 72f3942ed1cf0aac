// The page on which anybody counts a ballot again on their own device (recount.js). All words stand in the page.
import { digest, isSame, receiptOf, recount, rowsOf } from "./recount.js";

const read = (bytes) => new TextDecoder().decode(bytes);

async function fetched(url) {
  const answer = await fetch(url, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${url} came back with ${answer.status}`);
  return answer.arrayBuffer();
}

function say(list, kind, words) {
  const line = document.createElement("li");
  const note = document.createElement("div");
  note.className = `note ${kind}`;
  note.textContent = words;
  line.append(note);
  list.append(line);
}

async function compare(part, ballot) {
  const words = part.dataset;
  const list = part.querySelector("[data-results]");
  list.replaceChildren();
  const tell = (holds, yes, no) => say(list, holds ? "ok" : "now", holds ? yes : no);
  const receipts = await fetched(ballot.receiptsUrl);
  tell((await digest(receipts)) === ballot.certificate.receiptsDigest, words.receiptsSame, words.receiptsOther);
  if (!ballot.papersUrl) return;
  const papers = await fetched(ballot.papersUrl);
  tell((await digest(papers)) === ballot.certificate.papersDigest, words.papersSame, words.papersOther);
  const texts = rowsOf(read(papers));
  const numbers = texts.length === rowsOf(read(receipts)).length;
  tell(numbers, words.numberSame.replace("{n}", texts.length), words.numberOther);
  // A paper that is none throws: then the result is not what these papers come to.
  const again = await recount(texts, ballot).catch(() => null);
  tell(again !== null && isSame(again, ballot.certificate), words.resultSame, words.resultOther);
}

async function findReceipt(form, ballot) {
  const answer = form.querySelector("[data-answer]");
  const code = receiptOf(form.elements.receipt.value);
  const rows = rowsOf(read(await fetched(ballot.receiptsUrl)));
  const isThere = rows.includes(code);
  answer.className = `note ${isThere ? "ok" : "now"}`;
  answer.textContent = isThere ? form.dataset.found : form.dataset.missing;
  answer.hidden = false;
}

function start() {
  const data = document.getElementById("recount-data");
  const part = document.querySelector("[data-recount]");
  if (!data || !part || !window.crypto?.subtle) return;
  const ballot = JSON.parse(data.textContent);
  const failed = part.querySelector("[data-failed]");
  const attempt = async (work) => {
    failed.hidden = true;
    try {
      await work();
    } catch {
      failed.hidden = false;
    }
  };
  document.querySelectorAll("[data-needs-recount]").forEach((one) => {
    one.hidden = false;
  });
  document.querySelectorAll("[data-without-recount]").forEach((one) => {
    one.hidden = true;
  });
  part.querySelector("[data-count]").addEventListener("click", () => attempt(() => compare(part, ballot)));
  const form = document.querySelector("[data-receipt-form]");
  form.addEventListener("submit", (event) => {
    // What somebody types stays on this device: the list comes here, not the code there.
    event.preventDefault();
    attempt(() => findReceipt(form, ballot));
  });
}

start();
