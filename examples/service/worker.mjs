// One thread of the pool: does a job, counts it, and only then hands the answer back. Nothing here sets metrics up:
// importing the package in a worker thread joins the memory of the thread that started it.
import { parentPort, workerData } from "node:worker_threads";
import { nowMilliseconds } from "./clock.mjs";
import { Journal } from "./journal.mjs";
import { errors, inFlight, requests, requestSeconds, responseBytes } from "./metrics.mjs";
import { answerStallQuestions } from "./stall.mjs";
import { work } from "./work.mjs";

const journal = new Journal(workerData.journal);

answerStallQuestions(parentPort);
parentPort.on("message", (message) => {
  if (message.job !== undefined) complete(message);
});
parentPort.postMessage({ ready: true });

function complete({ job, route, method, query, body, acceptedMilliseconds }) {
  journal.begin(job);
  inFlight.inc();
  const answer = work({ route, query, body });
  const length = Buffer.byteLength(answer.body);
  journal.counting(answer.status, length);
  count({ route, method, status: String(answer.status) }, length, acceptedMilliseconds);
  inFlight.dec();
  journal.counted();
  parentPort.postMessage({ answered: job, status: answer.status, body: answer.body });
}

function count(labels, length, acceptedMilliseconds) {
  requests.inc(labels);
  responseBytes.inc(labels, length);
  if (Number(labels.status) >= 400) errors.inc(labels);
  requestSeconds.observe(labels, (nowMilliseconds() - acceptedMilliseconds) / 1000);
}
